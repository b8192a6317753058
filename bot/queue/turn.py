"""One at a time: a name enters, whoever has it does what must not be done by two at once, then the next one may."""

import secrets
import threading
import time
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
HAND_ON_SECONDS = 0.25
"""So long the threads of a process hand on to each other; then other processes have a chance, of two pauses."""

_TAKE = """
if redis.call('pttl', KEYS[1]) > 2 * ARGV[2] then redis.call('del', KEYS[1]) end -- the clock was set back
return redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
"""
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Turns(Protocol):
    """Turns by name."""

    def turn(self, name: str) -> AbstractContextManager[None]:
        """Alone with the name inside of the context; Unavailable when others do not let go of it."""


class RedisTurns:
    """Turns over all processes: one of them has the key of a name, which has an end, and in it one thread its turn."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take_it = redis.register_script(_TAKE)
        self._release = redis.register_script(_RELEASE)
        self._here: dict[str, _Here] = {}

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Alone among the threads here, who hand on at once; then alone among all."""
        here, deadline = self._here.setdefault(name, _Here()), time.monotonic() + PATIENCE_SECONDS
        key = f"signalbox:turn:{name}"
        here.enter()
        try:
            if not here.owner:
                self._await(key, here, deadline)
            yield
        finally:
            if not here.hand_on():
                self._let_go(key, here.owner)
                here.leave()

    def _await(self, key: str, here: "_Here", deadline: float) -> None:
        owner = secrets.token_hex(8)
        while not self._take(key, owner):
            if time.monotonic() > deadline:
                raise _busy()
            time.sleep(PAUSE_SECONDS)
        here.owner, here.until = owner, time.monotonic() + HAND_ON_SECONDS

    @answering()
    def _take(self, key: str, owner: str) -> bool:
        return bool(self._take_it(keys=[key], args=[owner, int(HELD_SECONDS * 1000)]))

    def _let_go(self, key: str, owner: str) -> None:
        if owner:
            with suppress(RedisError):  # then it runs out by itself
                self._release(keys=[key], args=[owner])


class _Here:
    """The threads of this process that want the same turn; `owner` is in its key while we have that, until `until`."""

    def __init__(self) -> None:
        self.owner, self.until = "", 0.0
        self._wanted = 0
        self._alone, self._deciding = threading.Lock(), threading.Lock()

    def enter(self) -> None:
        """Alone here, or Unavailable; a key that is handed on to us in the last moment is not left behind."""
        with self._deciding:
            self._wanted += 1
        if self._alone.acquire(timeout=PATIENCE_SECONDS):
            return
        with self._deciding:
            if self._alone.acquire(blocking=False):
                return
            self._wanted -= 1
        raise _busy()

    def hand_on(self) -> bool:
        """Let the next one here in, with the key; False when nobody wants it, or others have waited long enough."""
        with self._deciding:
            if not (self.owner and self._wanted > 1 and time.monotonic() < self.until):
                return False
            self._wanted -= 1
            self._alone.release()
            return True

    def leave(self) -> None:
        """Let the next one here in, without; those of other processes look for the key once a pause."""
        if self.owner and self._wanted > 1:
            time.sleep(2 * PAUSE_SECONDS)
        self.owner = ""
        with self._deciding:
            self._wanted -= 1
            self._alone.release()


class MemoryTurns:
    """The twin."""

    def __init__(self) -> None:
        self._here: dict[str, _Here] = {}

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Alone among the threads here."""
        here = self._here.setdefault(name, _Here())
        here.enter()
        try:
            yield
        finally:
            here.leave()


def _busy() -> Unavailable:
    return Unavailable("Others are asking for runs there at the same moment.", "Nothing was started; ask again.")
