"""What is said of a run between who asks for it, who carries it out and who looks after it: small keys in Redis."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import redis.exceptions
from redis import Redis

from bot.queue.answering import answering
from bot.queue.interface import CANCELED
from bot.queue.lines import LEFT_SECONDS

ALIVE_SECONDS = 5.0
BEAT_SECONDS = 1.0


class RedisMarks:
    """The part of RunQueue that tells whose a run is, whether it lives, and what was asked of it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._marks: dict[int, bytes] = {}

    @answering()
    def claim(self, run_id: int) -> bool:
        """Leave our mark, if nobody left one before.

        It is told from others': when the answer got lost, the client asks again, and finds what it had left itself.
        """
        place, mark = key(run_id, "claimed"), secrets.token_hex(8).encode()
        ours = bool(self._redis.set(place, mark, nx=True)) or self._redis.get(place) == mark
        if ours:
            self._marks[run_id] = mark
        return ours

    @answering()
    def claimed(self, run_id: int) -> bool:
        """Look for the mark."""
        return bool(self._redis.exists(key(run_id, "claimed")))

    @answering()
    def has(self, run_id: int) -> bool:
        """Whether the mark is the one that we left."""
        return run_id in self._marks and bool(self._redis.get(key(run_id, "claimed")) == self._marks[run_id])

    @answering()
    def ask_cancel(self, run_id: int, why: str = CANCELED) -> None:
        """Save the flag; of a run that is over, whose envelope is gone, it fades like its other marks."""
        self._redis.set(key(run_id, "cancel"), why)
        if not self._redis.exists(key(run_id, "envelope")):
            self._redis.expire(key(run_id, "cancel"), LEFT_SECONDS)

    @answering()
    def cancel_asked(self, run_id: int) -> bool:
        """Look at the flag."""
        return bool(self._redis.exists(key(run_id, "cancel")))

    @answering()
    def cancel_reason(self, run_id: int) -> str:
        """Read the flag; earlier versions set it to 1."""
        said = self._redis.get(key(run_id, "cancel"))
        return said.decode() if isinstance(said, bytes) and said != b"1" else CANCELED

    @answering()
    def ask_go(self, run_id: int, wave: int) -> None:
        """Save the question."""
        self._redis.set(key(run_id, "wave"), str(wave))

    @answering()
    def asks_go(self, run_id: int) -> int | None:
        """The question, unless it has its answer."""
        asked, said = self._redis.mget(key(run_id, "wave"), key(run_id, "go"))
        return None if asked is None or asked == said else int(asked)

    @answering()
    def say_go(self, run_id: int, wave: int) -> None:
        """Save the answer."""
        self._redis.set(key(run_id, "go"), str(wave), ex=86400)

    @answering()
    def go_said(self, run_id: int, wave: int) -> bool:
        """Look for the answer."""
        return bool(self._redis.get(key(run_id, "go")) == str(wave).encode())

    @contextmanager
    def living(self, run_id: int) -> Iterator[None]:
        """Renew a key that lives for five seconds, every second, in a thread of its own; remove it at the end."""
        stop = threading.Event()
        self._beat(run_id)
        thread = threading.Thread(target=self._beat_until, args=(run_id, stop), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            with suppress(redis.exceptions.RedisError):  # then it fades by itself
                self._redis.delete(key(run_id, "alive"))

    def _beat_until(self, run_id: int, stop: threading.Event) -> None:
        while not stop.wait(BEAT_SECONDS):
            self._beat(run_id)

    def _beat(self, run_id: int) -> None:
        with suppress(redis.exceptions.RedisError):  # the next beat tries again
            beat = self._redis.pipeline(transaction=False)
            beat.set(key(run_id, "alive"), "1", px=int(ALIVE_SECONDS * 1000))
            beat.exists(key(run_id, "left"))
            if beat.execute()[1]:  # taken for dead, and its hosts may be somebody else's by now
                self._redis.set(key(run_id, "cancel"), CANCELED, ex=LEFT_SECONDS)

    @answering()
    def alive(self, run_id: int) -> bool:
        """Look for the sign of life; Redis keeps one for longer than it was meant when its clock has been set back."""
        left: Any = self._redis.pttl(key(run_id, "alive"))
        return bool(0 <= left <= 2 * int(ALIVE_SECONDS * 1000))


def key(run_id: int, what: str) -> str:
    """Where it lies."""
    return f"signalbox:run:{run_id}:{what}"
