"""Names that Slack gives: ids that are never given twice, and timestamps that only grow."""

import itertools
import threading

from tests.fake_slack.clock import Clock


class Ids:
    """One source of ids for one workspace."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._count = itertools.count(1)
        self._last = 0
        self._lock = threading.Lock()

    def new(self, prefix: str) -> str:
        """An id such as `F00000007`."""
        return f"{prefix}{next(self._count):08d}"

    def ts(self) -> str:
        """A message's timestamp: seconds and microseconds, later than any before."""
        with self._lock:
            self._last = max(int(self._clock.now() * 1_000_000), self._last + 1)
            return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"
