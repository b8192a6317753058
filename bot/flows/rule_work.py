"""What a relay does for rules besides its runs: alerts, events of sensors, what has become due, fixes.

One relay at a time does it, whoever holds the lease.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from redis.exceptions import RedisError

from bot.errors import SignalboxError, Unavailable
from bot.flows.hand_over import HandOver
from bot.flows.ruling import Ruling
from bot.flows.sensed import DealWithSensed
from bot.flows.verify import Verify
from bot.queue import Leases

_log = structlog.get_logger(__name__)

LEASE = "rules"
TURN_SECONDS = 0.1
TICK_SECONDS = 0.5
VERIFY_SECONDS = 2.0
AWAY_SECONDS = 2.0


@dataclass(slots=True, kw_only=True)
class RuleWork:
    """The flow with those that it calls, and when it has to call them again."""

    leases: Leases
    hand_over: HandOver
    sensed: DealWithSensed
    ruling: Ruling
    verify: Verify

    _tick_at: float = field(default=0.0, init=False)
    _verify_at: float = field(default=0.0, init=False)

    def handle(self, now: float) -> None:
        """One turn, if it is ours; `now` is a monotonic clock in seconds. Unavailable when a store is away."""
        try:
            mine = self.leases.take(LEASE)
        except RedisError as error:
            raise Unavailable(f"Redis does not answer ({type(error).__name__}).", "Start it.") from None
        if not mine:
            return
        self.sensed.handle()
        self.hand_over.handle()
        if now >= self._tick_at:
            self.ruling.tick()
            self._tick_at = now + TICK_SECONDS
        if now >= self._verify_at:
            self.verify.handle()
            self._verify_at = now + VERIFY_SECONDS


def work_until(make: Callable[[], RuleWork | None], stop: threading.Event) -> None:
    """Turn after turn until `stop` is set, while there are rules; what goes wrong is logged, and tried again."""
    said = ""
    while not stop.is_set():
        try:
            work = make()
            if work is not None:
                work.handle(time.monotonic())
            said, pause = "", AWAY_SECONDS if work is None else TURN_SECONDS
        except SignalboxError as error:
            pause = AWAY_SECONDS
            if error.what != said:
                said = error.what
                _log.warning("rules have to wait", why=said)
        except Exception:  # noqa: BLE001 (a relay goes on with its runs whatever a rulebook has led to)
            pause = AWAY_SECONDS
            _log.exception("rules have to wait")
        stop.wait(pause)
