"""What Slack lets through: a call enters, None leaves when it may pass, else the seconds to wait."""

import math
import threading
from collections import defaultdict, deque
from collections.abc import Hashable

from tests.fake_slack.clock import Clock
from tests.fake_slack.violations import Violations

MINUTE = 60.0
TIERS = {"t1": 1, "t2": 20, "t3": 50, "t4": 100, "t5": 600}  # calls a minute, for each method and workspace
SPECIAL = {"chat.postMessage": 300}  # "several hundred" a minute and workspace, besides one a second and channel
CHANNEL_BURST, CHANNEL_RATE = 5, 1.0  # posts at once, then posts a second
IN_FLIGHT = 0.25  # seconds: what was already under way when the limit was answered breaks no promise


class Rates:
    """The limits of one workspace, and the windows in which a method is closed. `enforced` False lets all pass."""

    def __init__(self, clock: Clock, violations: Violations) -> None:
        self.enforced = True
        self.overrides: dict[str, int] = {}
        self.burst, self.rate = CHANNEL_BURST, CHANNEL_RATE
        self._clock, self._violations = clock, violations
        self._calls: dict[Hashable, deque[float]] = defaultdict(deque)
        self._buckets: dict[Hashable, tuple[float, float]] = {}
        self._closed: dict[Hashable, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def per_minute(self, method: str, tier: str) -> int:
        """How many calls of this method a minute may have."""
        return self.overrides.get(method, SPECIAL.get(method, TIERS.get(tier, TIERS["t3"])))

    def take(self, method: str, tier: str, team: str, channel: str | None = None) -> int | None:
        """Count a call, or say for how many seconds (whole, at least 1) the caller must wait; noted as a violation."""
        if not self.enforced:
            return None
        with self._lock:
            return self._count(method, tier, team, channel, self._clock.now())

    def waiting(self, method: str, team: str, channel: str | None = None) -> int | None:
        """Seconds for which the method is still closed by a 429 before; a call all the same is a violation."""
        with self._lock:
            now = self._clock.now()
            return self._still_closed((method, team), now) or self._still_closed((method, team, channel), now)

    def close(self, method: str, team: str, seconds: float) -> None:
        """Close a method for so long, as a 429 does."""
        with self._lock:
            now = self._clock.now()
            self._closed[(method, team)] = (now, now + seconds)

    def _count(self, method: str, tier: str, team: str, channel: str | None, now: float) -> int | None:
        most = self.per_minute(method, tier)
        seen = self._calls[(method, team)]
        while seen and seen[0] <= now - MINUTE:
            seen.popleft()
        if len(seen) >= most:
            what = f"{method}: more than {most} calls in a minute"
            return self._refuse((method, team), what, seen[0] + MINUTE - now, now)
        if channel is not None and not self._drop((method, team, channel), now):
            what = f"{method}: more than {self.rate:g} a second in {channel}"
            return self._refuse((method, team, channel), what, 1 / self.rate, now)
        seen.append(now)
        return None

    def _drop(self, key: Hashable, now: float) -> bool:
        """Take one from the channel's bucket; False when it is empty."""
        left, since = self._buckets.get(key, (float(self.burst), now))
        left = min(self.burst, left + (now - since) * self.rate)
        enough = left >= 1 - 1e-9
        self._buckets[key] = (left - 1 if enough else left, now)
        return enough

    def _refuse(self, key: Hashable, what: str, wait: float, now: float) -> int:
        seconds = max(1, math.ceil(wait))
        self._closed[key] = (now, now + seconds)
        self._violations.note("limit_broken", what, now)
        return seconds

    def _still_closed(self, key: Hashable, now: float) -> int | None:
        since, until = self._closed.get(key, (0.0, 0.0))
        if now >= until:
            return None
        if now - since > IN_FLIGHT:
            left = f"{until - now:.2f} of {until - since:g} s before its Retry-After was over"
            self._violations.note("inside_retry_after", f"{key}: called {left}", now)
        return max(1, math.ceil(until - now))
