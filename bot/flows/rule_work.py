"""What a relay does for rules besides its runs: events of sensors, what has become due, whether fixes helped.

One relay at a time does it, whoever holds the lease.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from redis.exceptions import RedisError

from bot.errors import SignalboxError, Unavailable
from bot.flows.ruling import Ruling
from bot.flows.sensed import DealWithSensed
from bot.flows.verify import Verify
from bot.queue import Leases

_log = structlog.get_logger(__name__)

LEASE = "rules"
TURN_SECONDS = 0.5
AWAY_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWork:
    """The flow with those that it calls."""

    leases: Leases
    sensed: DealWithSensed
    ruling: Ruling
    verify: Verify

    def handle(self) -> None:
        """One turn, if it is ours. Unavailable when a store is away."""
        try:
            mine = self.leases.take(LEASE)
        except RedisError as error:
            raise Unavailable(f"Redis does not answer ({type(error).__name__}).", "Start it.") from None
        if mine:
            self.sensed.handle()
            self.ruling.tick()
            self.verify.handle()


def work_until(make: Callable[[], RuleWork], stop: threading.Event) -> None:
    """Turn after turn until `stop` is set; what goes wrong is logged, and tried again."""
    said = ""
    while not stop.is_set():
        try:
            make().handle()
            said, pause = "", TURN_SECONDS
        except SignalboxError as error:
            pause = AWAY_SECONDS
            if error.what != said:
                said = error.what
                _log.warning("rules have to wait", why=said)
        except Exception:  # noqa: BLE001 (a relay goes on with its runs whatever a rulebook has led to)
            pause = AWAY_SECONDS
            _log.exception("rules have to wait")
        stop.wait(pause)
