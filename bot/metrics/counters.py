"""What happens between processes, summed in Redis: a metric, its labels and a number enter; totals leave.

A counter that cannot be reached is passed over: nothing that people wait for may fail because of a metric.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from redis import Redis
from redis.exceptions import RedisError

from bot.metrics.names import BUCKETS

KEY = "signalbox:metrics"
SUM, COUNT = "sum", "count"

Totals = Mapping[tuple[str, ...], float]
"""Sums by metric and label values; of a histogram by metric and upper bound, `sum` or `count`."""


class Counters(Protocol):
    """Safe for many threads and processes; never raises."""

    def count(self, metric: str, *labels: str, by: int = 1) -> None:
        """One more of a counter, or several."""

    def observe(self, metric: str, seconds: float) -> None:
        """One more value of a histogram, in seconds."""


class RedisCounters:
    """Counters in one hash of Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def count(self, metric: str, *labels: str, by: int = 1) -> None:
        """One more of a counter, or several."""
        with suppress(RedisError):
            self._redis.hincrby(KEY, _field(metric, *labels), by)

    def observe(self, metric: str, seconds: float) -> None:
        """One more value of a histogram."""
        with suppress(RedisError), self._redis.pipeline(transaction=True) as pipeline:
            for field, number in _parts(metric, seconds):
                pipeline.hincrbyfloat(KEY, _field(*field), number)
            pipeline.execute()

    def totals(self) -> Totals:
        """All sums; RedisError when they cannot be read."""
        found: dict[bytes, bytes] = self._redis.hgetall(KEY)  # type: ignore[assignment]  # typed for asyncio too
        return {tuple(json.loads(field)): float(value) for field, value in found.items()}


class MemoryCounters:
    """The twin: the same promises, in one process' memory."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, ...], float] = defaultdict(float)
        self._lock = threading.Lock()

    def count(self, metric: str, *labels: str, by: int = 1) -> None:
        """One more of a counter, or several."""
        with self._lock:
            self._sums[metric, *labels] += by

    def observe(self, metric: str, seconds: float) -> None:
        """One more value of a histogram."""
        with self._lock:
            for field, number in _parts(metric, seconds):
                self._sums[field] += number

    def totals(self) -> Totals:
        """All sums."""
        with self._lock:
            return dict(self._sums)


def _parts(metric: str, seconds: float) -> list[tuple[tuple[str, ...], float]]:
    """What one value adds to: the smallest bucket that holds it, the sum, the count."""
    value = max(0.0, seconds)  # clocks of two machines may differ
    bucket = [str(bound) for bound in BUCKETS[metric] if value <= bound][:1]
    return [*(((metric, bound), 1.0) for bound in bucket), ((metric, SUM), value), ((metric, COUNT), 1.0)]


def _field(*parts: str) -> str:
    return json.dumps(parts, separators=(",", ":"))
