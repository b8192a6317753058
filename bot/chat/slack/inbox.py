"""What people did in Slack enters before it is acknowledged; it leaves once, for whichever process takes it.

A Redis stream with a consumer group: what was acknowledged to Slack is not lost when a process dies, and what Slack
delivers again, or two connections deliver at once, is there once. When too much waits, more is refused and Slack is not
told that it is accepted: nothing that waits makes way.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import redis.exceptions
import structlog
from redis import Redis

from bot.chat.slack.overdue import Overdue
from bot.errors import Unavailable
from bot.model import codec
from bot.model.incoming import Incoming, IncomingKind

_log = structlog.get_logger(__name__)

STREAM = "signalbox:slack:inbox"
GROUP = "talk"
MOST = 10_000
"""So many wait at most; what is dealt with is not there any more."""
ONCE_SECONDS = 3600
"""Slack repeats an event for about half an hour."""
DOUBLE_SECONDS = 3
"""The same button pressed again by the same person within this time is a double click: each has an id of its own."""
SIGNATURE_SECONDS = 660
"""A signature is good for five minutes before and after its time."""
ABANDONED_MILLISECONDS = 30_000
"""What a process took and did not finish for so long is taken by another."""

Seal = Callable[[bytes], bytes]

_FULL = -1
_PUT = f"""
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[2]) then return {_FULL} end
redis.call('SET', KEYS[2], '1', 'EX', ARGV[3])
-- known for longer than anybody sets it: the clock was set back since
if KEYS[3] and redis.call('PTTL', KEYS[3]) > 2000 * ARGV[4] then redis.call('DEL', KEYS[3]) end
if KEYS[3] and redis.call('SET', KEYS[3], '1', 'NX', 'EX', ARGV[4]) == false then return 0 end
redis.call('XADD', KEYS[1], '*', 'i', ARGV[1])
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One thing to act on; `again` when a process took it before and did not finish."""

    entry: str
    incoming: Incoming
    again: bool


class Inbox:
    """The inbox as one process sees it; every method raises Unavailable when Redis does not answer.

    What people type may be secret: it lies there sealed, by `seal`, and `unseal` gives it back.
    """

    def __init__(
        self,
        redis: Redis,
        consumer: str,
        *,
        seal: Seal,
        unseal: Seal,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis
        self._consumer = consumer
        self._seal = seal
        self._unseal = unseal
        self._put = redis.register_script(_PUT)
        self._overdue = Overdue(redis, STREAM, GROUP, clock)
        self._ready = False

    def put(self, incoming: Incoming) -> bool:
        """Store it; False when the same was stored before. Unavailable also when too much waits already."""
        with _answering():
            keys = [STREAM, f"signalbox:slack:once:{incoming.id}", *_press(incoming)]
            sealed = self._seal(codec.encode(incoming).encode())
            answer = self._put(keys=keys, args=[sealed, MOST, ONCE_SECONDS, DOUBLE_SECONDS])
        if answer == _FULL:
            raise Unavailable(f"{MOST:,} things that people did in Slack wait already.", "Slack sends it again.")
        return bool(answer)

    def first(self, signature: str) -> bool:
        """Whether a request with this signature comes for the first time; Slack signs each of its tries anew."""
        with _answering():
            return bool(self._redis.set(_signature(signature), "1", nx=True, ex=SIGNATURE_SECONDS))

    def forget(self, signature: str) -> None:
        """The request could not be dealt with: the same one may come again."""
        with _answering():
            self._redis.delete(_signature(signature))

    def take(self, block_ms: int) -> Taken | None:
        """The next one, at once or after at most `block_ms`; what others left undone comes first."""
        with _answering():
            self._make_group()
            try:
                return self._next(block_ms)
            except redis.exceptions.ResponseError:
                self._ready = False  # a Redis that has lost its data knows no group
                raise

    def done(self, taken: Taken) -> None:
        """It was acted on: nobody takes it again."""
        with _answering():
            self._redis.xack(STREAM, GROUP, taken.entry)
            self._redis.xdel(STREAM, taken.entry)

    def _next(self, block_ms: int) -> Taken | None:
        self._overdue.look(ABANDONED_MILLISECONDS)
        abandoned = self._redis.xautoclaim(
            STREAM, GROUP, self._consumer, ABANDONED_MILLISECONDS, start_id="0-0", count=1
        )
        if abandoned[1]:
            return self._taken(abandoned[1][0], again=True)
        found: Any = self._redis.xreadgroup(GROUP, self._consumer, {STREAM: ">"}, count=1, block=block_ms)
        entries = next(iter(found.values()))[0] if isinstance(found, dict) else (found[0][1] if found else [])
        return self._taken(entries[0], again=False) if entries else None

    def _taken(self, entry: Any, *, again: bool) -> Taken | None:
        """The entry, opened; one that can't be is left for other processes once, then removed."""
        name, fields = entry
        try:
            incoming = codec.decode(Incoming, self._unseal(fields[b"i"]))
        except Exception as error:  # noqa: BLE001 (sealed with another key, by another version, or damaged)
            _log.warning("an entry of the inbox can't be read", error=type(error).__name__, removed=again)
            if again:
                self._redis.xack(STREAM, GROUP, name)
                self._redis.xdel(STREAM, name)
            return None
        return Taken(entry=name.decode(), incoming=incoming, again=again)

    def _make_group(self) -> None:
        if self._ready:
            return
        try:
            self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except redis.exceptions.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        self._ready = True


def _press(incoming: Incoming) -> list[str]:
    """The key of a press of a button; choices in a form are no such, each of them counts."""
    if incoming.kind is not IncomingKind.BUTTON or not incoming.value or incoming.state:
        return []
    what = [incoming.user, incoming.channel, incoming.thread, incoming.action, incoming.value]
    return [f"signalbox:slack:press:{_digest(json.dumps(what))}"]


def _signature(signature: str) -> str:
    return f"signalbox:slack:signature:{_digest(signature)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except redis.exceptions.RedisError as error:
        raise Unavailable("Redis does not answer.", "Try again in a moment.") from error
