"""How far each schedule has been dealt with: marks enter and leave by its name and its times."""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from redis import Redis

from bot.model import codec
from bot.queue.answering import answering

KEY = "signalbox:schedules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Until `at` it has been dealt with; at `seen` it stood in some relay's policy. Both are aware."""

    at: datetime
    seen: datetime


class Agenda(Protocol):
    """Seen by all processes at once; every method raises Unavailable when the store does not answer."""

    def marks(self) -> Mapping[str, Mark]:
        """All of them, by schedule."""

    def put(self, name: str, mark: Mark) -> None:
        """Keep it in the place of the one before."""

    def drop(self, names: Collection[str]) -> None:
        """Forget those."""


class RedisAgenda:
    """One hash, of which each schedule has a field."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @answering()
    def marks(self) -> Mapping[str, Mark]:
        """Read the hash; a mark that a newer version wrote is none."""
        kept = cast("dict[bytes, bytes]", self._redis.hgetall(KEY))
        found = {name.decode(): _read(text) for name, text in kept.items()}
        return {name: mark for name, mark in found.items() if mark is not None}

    @answering()
    def put(self, name: str, mark: Mark) -> None:
        """Set the field."""
        self._redis.hset(KEY, name, codec.encode(mark))

    @answering()
    def drop(self, names: Collection[str]) -> None:
        """Delete the fields."""
        if names:
            self._redis.hdel(KEY, *names)


class MemoryAgenda:
    """The twin."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._marks: dict[str, Mark] = {}

    def marks(self) -> Mapping[str, Mark]:
        """A copy."""
        with self._lock:
            return dict(self._marks)

    def put(self, name: str, mark: Mark) -> None:
        """Set it."""
        with self._lock:
            self._marks[name] = mark

    def drop(self, names: Collection[str]) -> None:
        """Take them out."""
        with self._lock:
            for name in names:
                self._marks.pop(name, None)


def _read(text: bytes) -> Mark | None:
    try:
        return codec.decode(Mark, text)
    except ValueError:
        return None
