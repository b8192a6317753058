"""Where locks, freezes and brakes are kept: an edit of all of them enters, and is done whole or not at all."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from redis import Redis
from redis.client import Pipeline

from bot.model import codec
from bot.model.stop import Stop
from bot.queue.answering import answering

KEY = "signalbox:stops"

Edit = Callable[[tuple[Stop, ...]], tuple[Stop, ...]]
"""Those in force enter, those that shall be leave; it may be called again when somebody else was quicker."""


class Stops(Protocol):
    """Seen by all processes at once; every method raises Unavailable when the store does not answer."""

    def now(self) -> tuple[Stop, ...]:
        """Those whose time is not over, the oldest first."""

    def change(self, edit: Edit) -> None:
        """Replace them by what `edit` makes of them; what it raises changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    stops: tuple[Stop, ...] = ()


class RedisStops:
    """All of them in one key: there are few, and whoever adds one must have seen the others."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @answering()
    def now(self) -> tuple[Stop, ...]:
        """Read the key."""
        return _in_force(self._redis.get(KEY))

    @answering()
    def change(self, edit: Edit) -> None:
        """Watch the key, and begin again when it was changed meanwhile."""

        def step(pipeline: Pipeline) -> None:
            after = edit(_in_force(pipeline.get(KEY)))
            pipeline.multi()
            if after:
                pipeline.set(KEY, codec.encode(_Kept(stops=after)))
            else:
                pipeline.delete(KEY)

        self._redis.transaction(step, KEY)


class MemoryStops:
    """The twin."""

    def __init__(self) -> None:
        self._stops: tuple[Stop, ...] = ()
        self._lock = threading.Lock()

    def now(self) -> tuple[Stop, ...]:
        """What was kept last."""
        return _lasting(self._stops)

    def change(self, edit: Edit) -> None:
        """One at a time."""
        with self._lock:
            self._stops = edit(_lasting(self._stops))


def _in_force(kept: object) -> tuple[Stop, ...]:
    return _lasting(codec.decode(_Kept, kept).stops) if isinstance(kept, bytes) else ()


def _lasting(stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
    now = time.time()
    return tuple(stop for stop in stops if stop.lasts(now))
