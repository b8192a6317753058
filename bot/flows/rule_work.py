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
TURN_SECONDS = 0.2
LOOK_SECONDS = 0.5
"""How often it is looked whether sensors have put anything."""
TICK_SECONDS = 0.5
CALM_SECONDS = 4.0
"""How often everything is looked after when nothing has come."""
VERIFY_SECONDS = 2.0
QUIET_SECONDS = 5.0
"""How often fixes are looked after while nothing was stored: what they wait for lasts minutes."""
AWAY_SECONDS = 2.0


@dataclass(slots=True, kw_only=True)
class RuleWork:
    """The flow with those that it calls, and when it has to call them again.

    `changed` says whether anything may have been stored in SQL since it was asked before.
    """

    leases: Leases
    hand_over: HandOver
    sensed: DealWithSensed
    ruling: Ruling
    verify: Verify
    changed: Callable[[], bool] = lambda: True

    _stored: bool = field(default=True, init=False)
    _look_at: float = field(default=0.0, init=False)
    _calm_at: float = field(default=0.0, init=False)
    _tick_at: float = field(default=0.0, init=False)
    _verify_at: float = field(default=0.0, init=False)
    _quiet_at: float = field(default=0.0, init=False)

    def handle(self, now: float) -> None:
        """One turn, if it is ours; `now` is a monotonic clock in seconds. Unavailable when a store is away."""
        if not self._is_time(now):
            return
        try:
            mine = self.leases.take(LEASE)
        except RedisError as error:
            raise Unavailable(f"Redis does not answer ({type(error).__name__}).", "Start it.") from None
        self._calm_at = now + CALM_SECONDS
        if not mine:
            return
        if self.sensed.handle() + self.hand_over.handle():
            self._tick_at = min(self._tick_at, now + TICK_SECONDS)
        if now >= self._tick_at:
            self._tick_at = now + max(TICK_SECONDS, min(self.ruling.tick(), CALM_SECONDS))
        if now >= self._quiet_at or (self._stored and now >= self._verify_at):
            self._stored = False
            self.verify.handle()
            self._verify_at, self._quiet_at = now + VERIFY_SECONDS, now + QUIET_SECONDS

    def _is_time(self, now: float) -> bool:
        """Whether anything has come, or something is due: what sensors put is looked for, SQL says it by itself."""
        if self.changed():
            self._stored = True
            return True
        if now >= min(self._calm_at, self._tick_at):
            return True
        if now < self._look_at:
            return False
        self._look_at = now + LOOK_SECONDS
        return self.sensed.waits()


def work_until(make: Callable[[], RuleWork | None], stop: threading.Event) -> None:
    """Turn after turn until `stop` is set, while there are rules; what goes wrong is logged, and tried again.

    `make` is asked again now and then, for rules may come and go.
    """
    said, work, ask_at = "", None, 0.0
    while not stop.is_set():
        try:
            now = time.monotonic()
            if work is None or now >= ask_at:
                work, ask_at = None, now + AWAY_SECONDS
                work = make()
            if work is not None:
                work.handle(now)
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
