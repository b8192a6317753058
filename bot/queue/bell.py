"""Who has news rings; one of those who wait for it is woken, at once.

In Redis a bell is a list with one entry at most, which fades: however often somebody rang, who listens hears it once.
"""

from contextlib import suppress
from typing import Protocol

import redis.exceptions
from redis import Redis

from bot.queue.answering import answering

RUNS, RULES = "bell", "bell:rules"
"""For who looks after runs; for who looks after rules."""
_LASTS_SECONDS = 60
_LEAST_SECONDS = 0.01
"""Redis takes less than that for ever."""


class Bell(Protocol):
    """Seen by all processes."""

    def ring(self) -> None:
        """There is news. Raises nothing: who does not hear it looks all the same, a while later."""

    def wait(self, seconds: float) -> bool:
        """Wait until there was news since the last call; False when there was none for so long. Or Unavailable."""


class RedisBell:
    """Bell in Redis."""

    def __init__(self, client: Redis, name: str) -> None:
        self._redis = client
        self._key = _key(name)
        self._ring = client.register_script(ringing(name))

    def ring(self) -> None:
        """One ring lies there at most, for whoever listens next."""
        with suppress(redis.exceptions.RedisError):
            self._ring()

    @answering()
    def wait(self, seconds: float) -> bool:
        """One of those who wait hears it."""
        return self._redis.blpop([self._key], timeout=max(seconds, _LEAST_SECONDS)) is not None


class MemoryBell:
    """The twin."""

    def __init__(self) -> None:
        self._rung = False

    def ring(self) -> None:
        """Note it."""
        self._rung = True

    def wait(self, seconds: float) -> bool:  # noqa: ARG002 (whoever could ring is busy calling us)
        """Look at the note, and take it."""
        rung, self._rung = self._rung, False
        return rung


def ringing(name: str) -> str:
    """How it is rung, in Lua: for a script that does so after what it does."""
    key = _key(name)
    kept = f"redis.call('ltrim', '{key}', 0, 0) redis.call('expire', '{key}', {_LASTS_SECONDS})"
    return f"redis.call('lpush', '{key}', 1) {kept}"


def _key(name: str) -> str:
    return f"signalbox:{name}"
