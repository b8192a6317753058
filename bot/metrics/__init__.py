"""Metrics: what is counted elsewhere enters as values, Prometheus' text leaves.

Nothing is counted in a process' own memory: runs, refusals and decisions come out of SQL, what happens between
processes (calls to Slack, the lag of events) is summed in Redis. So each thing is counted once, however many processes
there are, and a restart loses nothing. `bot.metrics.page` makes the text; only who answers Prometheus needs it.
"""

from bot.metrics.counters import Counters, MemoryCounters, RedisCounters
from bot.metrics.names import BUCKETS, METRICS, Kind, Metric

__all__ = [
    "BUCKETS",
    "METRICS",
    "Counters",
    "Kind",
    "MemoryCounters",
    "Metric",
    "RedisCounters",
]
