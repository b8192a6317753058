"""What a relay does for rules besides its runs: alerts, events of sensors, what has become due, fixes.

One relay at a time does it, whoever holds the lease.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.flows.hand_over import HandOver
from bot.flows.ruling import Ruling
from bot.flows.sensed import DealWithSensed
from bot.flows.turns import AWAY_SECONDS, take, turns_until
from bot.flows.verify import Verify
from bot.queue import Bell, Leases

LEASE = "rules"
TURN_SECONDS = 0.05
"""What comes one by one is dealt with together."""
LISTEN_SECONDS = 1.0
"""How long it is listened for news at a time; what nobody rings for is looked for as often."""
TICK_SECONDS = 0.5
CALM_SECONDS = 4.0
"""How often everything is looked after when nothing has come."""
VERIFY_SECONDS = 2.0
QUIET_SECONDS = 5.0
"""How often fixes are looked after while nothing was stored: what they wait for lasts minutes."""


@dataclass(slots=True, kw_only=True)
class RuleWork:
    """The flow with those that it calls, and when it has to call them again.

    `bell` is rung for alerts and by sensors; `changed` says whether anything may have been stored in SQL since it was
    asked before.
    """

    leases: Leases
    hand_over: HandOver
    sensed: DealWithSensed
    ruling: Ruling
    verify: Verify
    bell: Bell
    changed: Callable[[], bool] = lambda: True

    _mine: bool = field(default=False, init=False)
    _news: bool = field(default=True, init=False)
    _stored: bool = field(default=True, init=False)
    _calm_at: float = field(default=0.0, init=False)
    _tick_at: float = field(default=0.0, init=False)
    _verify_at: float = field(default=0.0, init=False)
    _quiet_at: float = field(default=0.0, init=False)

    def handle(self, now: float) -> None:
        """One turn, if it is ours; `now` is a monotonic clock in seconds. Unavailable when a store is away."""
        if not self._is_time(now):
            return
        self._mine = take(self.leases, LEASE)
        self._calm_at = now + CALM_SECONDS
        if not self._mine:
            return
        self._news = bool(self.sensed.handle() + self.hand_over.handle())  # then there may be more
        if self._news:
            self._tick_at = min(self._tick_at, now + TICK_SECONDS)
        if now >= self._tick_at:
            self._tick_at = now + max(TICK_SECONDS, min(self.ruling.tick(), CALM_SECONDS))
        if now >= self._quiet_at or (self._stored and now >= self._verify_at):
            self._stored = False
            self.verify.handle()
            self._verify_at, self._quiet_at = now + VERIFY_SECONDS, now + QUIET_SECONDS

    def _is_time(self, now: float) -> bool:
        """Whether anything has come, or something is due."""
        if self.changed():
            self._news = self._stored = True
        return self._news or now >= min(self._calm_at, self._tick_at)

    def rest(self, now: float, stop: threading.Event) -> None:
        """Until there is news, something is due, or it is time to look again; one whose turn it is not hears nobody."""
        seconds = min(LISTEN_SECONDS, self._tick_at - now)
        if self._news or not self._mine or seconds <= 0:
            stop.wait(TURN_SECONDS if self._mine else LISTEN_SECONDS)
        else:
            self._news = self.bell.wait(seconds)


def work_until(make: Callable[[], RuleWork | None], stop: threading.Event) -> None:
    """Turn after turn until `stop` is set, while there are rules; what goes wrong is logged, and tried again.

    `make` is asked again now and then, for rules may come and go.
    """
    work, ask_at = None, 0.0

    def turn() -> float:
        nonlocal work, ask_at
        now = time.monotonic()
        if work is None or now >= ask_at:
            work, ask_at = None, now + AWAY_SECONDS
            work = make()
        if work is None:
            return AWAY_SECONDS
        work.handle(now)
        work.rest(now, stop)
        return 0.0

    turns_until(stop, turn, "rules have to wait")
