"""One at a time: a name enters, whoever has it does what must not be done by two at once, then the next one may."""

import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Protocol

from redis import Redis
from redis.exceptions import RedisError

from bot.errors import Unavailable
from bot.queue.answering import answering

HELD_SECONDS = 30.0
"""After so long a turn is taken from who has it: it has died, or hangs."""
PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 0.005

_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Turns(Protocol):
    """Turns by name."""

    def turn(self, name: str) -> AbstractContextManager[None]:
        """Alone with the name inside of the context; Unavailable when others do not let go of it."""


class RedisTurns:
    """Turns over all processes."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._release = redis.register_script(_RELEASE)
        self._here = MemoryTurns()

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Alone among the threads here, who hand on at once; then alone among all, by a key with an end."""
        key, owner = f"signalbox:turn:{name}", secrets.token_hex(8)
        deadline = time.monotonic() + PATIENCE_SECONDS
        with self._here.turn(name):
            while not self._take(key, owner):
                if time.monotonic() > deadline:
                    raise _busy()
                time.sleep(PAUSE_SECONDS)
            try:
                yield
            finally:
                with suppress(RedisError):  # then it runs out by itself
                    self._release(keys=[key], args=[owner])

    @answering()
    def _take(self, key: str, owner: str) -> bool:
        return bool(self._redis.set(key, owner, nx=True, px=int(HELD_SECONDS * 1000)))


class MemoryTurns:
    """The twin."""

    def __init__(self) -> None:
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """A lock for each name."""
        if not self._locks[name].acquire(timeout=PATIENCE_SECONDS):
            raise _busy()
        try:
            yield
        finally:
            self._locks[name].release()


def _busy() -> Unavailable:
    return Unavailable("Others are asking for runs there at the same moment.", "Nothing was started; ask again.")
