"""What processes took from a stream and did not finish enters; what has lain too long leaves, as something for others.

Redis counts by its machine's clock how long ago an entry was taken. When that is set back, nobody would get what a dead
process had, for as long as it was set back. So whoever takes counts, too, for how long it has seen an entry lie there.
"""

import time
from collections.abc import Callable
from typing import Any

from redis import Redis

AT_ONCE = 100
"""So many of the oldest are looked at; when they are done, others are the oldest."""

_AGE = """
local there = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1)[1]
if not there or there[2] ~= ARGV[3] or there[4] ~= tonumber(ARGV[4]) then return 0 end
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[3], 0, ARGV[2], 'IDLE', ARGV[5], 'JUSTID')
return 1
"""

_Mark = tuple[bytes, bytes, int]
"""An entry, who took it, and how often it was taken: the same as long as nobody takes it anew."""


class Overdue:
    """Of one process, a stream and a group; each call raises what Redis raises."""

    def __init__(self, redis: Redis, stream: str, group: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._stream = stream
        self._group = group
        self._clock = clock
        self._age = redis.register_script(_AGE)
        self._seen: dict[_Mark, float] = {}
        self._look_at = 0.0

    def look(self, milliseconds: int) -> None:
        """Make what has lain for so long by our count as old for Redis; it looks as seldom as that."""
        now, seconds = self._clock(), milliseconds / 1_000
        if now < self._look_at:
            return
        self._look_at = now + seconds
        young = {_mark(each) for each in self._pending() if each["time_since_delivered"] < milliseconds}
        self._seen = {mark: self._seen.get(mark, now) for mark in young}
        for (entry, consumer, count), since in self._seen.items():
            if now - since >= seconds:
                self._age(keys=[self._stream], args=[self._group, entry, consumer, count, milliseconds])

    def _pending(self) -> list[dict[str, Any]]:
        found: Any = self._redis.xpending_range(self._stream, self._group, "-", "+", AT_ONCE)
        return list(found)


def _mark(pending: dict[str, Any]) -> _Mark:
    return pending["message_id"], pending["consumer"], pending["times_delivered"]
