"""Events of sensors on their way to a relay: it enters, stored; it leaves in order, and is gone when dealt with."""

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import redis.exceptions
from redis import Redis

from bot.errors import Unavailable

KEY = "signalbox:rules:sensed"
MOST = 100_000
"""Events that wait; beyond it none is taken, and sensors wait."""
LARGEST = 512 * 1024
"""Bytes of one event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensed:
    """An event of a source, for the ruleset that the source belongs to."""

    ruleset: str
    event: Mapping[str, Any]


class SensedEvents(Protocol):
    """Seen by all processes, in the order of arrival; every method raises Unavailable without its store."""

    def put(self, sensed: Sensed) -> None:
        """Keep it; ValueError for one that is too large. Unavailable also when too many wait."""

    def first(self) -> Sensed | None:
        """The oldest, which stays; None when there is none. One that nobody can read is gone."""

    def done(self) -> None:
        """The oldest is dealt with."""


class RedisSensed:
    """A list; who deals with it is one at a time."""

    def __init__(self, client: Redis) -> None:
        self._redis = client

    def put(self, sensed: Sensed) -> None:
        """At the end."""
        text = _encoded(sensed)
        with _answering():
            if _whole(self._redis.llen(KEY)) >= MOST:
                raise Unavailable(f"{MOST:,} events of sensors wait already.", "Start a relay.")
            self._redis.rpush(KEY, text)

    def first(self) -> Sensed | None:
        """From the beginning."""
        with _answering():
            while (text := self._redis.lindex(KEY, 0)) is not None:
                if (found := _decoded(text)) is not None:
                    return found
                self._redis.lpop(KEY)
        return None

    def done(self) -> None:
        """Take it out."""
        with _answering():
            self._redis.lpop(KEY)


class MemorySensed:
    """The twin."""

    def __init__(self) -> None:
        self._kept: deque[str] = deque()
        self._lock = threading.Lock()

    def put(self, sensed: Sensed) -> None:
        """At the end, as text."""
        with self._lock:
            self._kept.append(_encoded(sensed))

    def first(self) -> Sensed | None:
        """From the beginning."""
        with self._lock:
            return _decoded(self._kept[0]) if self._kept else None

    def done(self) -> None:
        """Take it out."""
        with self._lock:
            self._kept.popleft()


def _encoded(sensed: Sensed) -> str:
    """What JSON has no word for becomes a text."""
    text = json.dumps({"ruleset": sensed.ruleset, "event": sensed.event}, default=str)
    if len(text) > LARGEST:
        raise ValueError(f"an event has more than {LARGEST // 1024} KiB")
    return text


def _decoded(text: Any) -> Sensed | None:
    try:
        plain = json.loads(text)
        return Sensed(ruleset=plain["ruleset"], event=plain["event"]) if isinstance(plain["event"], dict) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _whole(answer: Any) -> int:
    return int(answer)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except redis.exceptions.RedisError as error:
        remedy = "`python -m bot doctor` tells more."
        raise Unavailable(f"Redis does not answer to sensors ({type(error).__name__}).", remedy) from error
