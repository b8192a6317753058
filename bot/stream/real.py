"""The real stream: events go into Redis by XADD under explicit ids, and come out by XREAD."""
# ruff: noqa: D102 (what each method does is told once, at `EventStream`)

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from redis import Redis
from redis.exceptions import ResponseError

from bot.model.event import RunEvent
from bot.stream.entries import (
    FIELD,
    Entry,
    check_refused,
    counter_of,
    entry_id,
    events_of,
    events_or_none,
    key,
    past,
    text_of,
)
from bot.stream.failures import Passing, translated

T = TypeVar("T")

_BATCH = 500
"""Entries in one transaction, and streams in one XREAD; bounds what Redis and we hold at once."""

_APPEND = """
for place, key in ipairs(KEYS) do
  local id, field, text = ARGV[3 * place - 2], ARGV[3 * place - 1], ARGV[3 * place]
  local added = redis.pcall('xadd', key, id, field, text)
  if type(added) == 'table' and added.err then
    if not string.find(added.err, 'equal or smaller', 1, true) then
      return {err = (string.gsub(added.err, '^@user_script: *%d+: *%-?', ''))}
    end
    local there = redis.call('xrange', key, id, id)[1]
    if not there or there[2][2] ~= text then return place end
  end
end
return 0
"""
"""Adds entries up to the first whose place is not its own: nothing comes after an end that somebody else has told.

Gives the number of that one, from 1. What else Redis refuses is told in its own words, before which Redis 6 puts a
place in the script. All in one step: were one refused for want of memory and the next one taken, the
first could never follow.
"""

_PAUSE, _LONGEST_PAUSE = 0.05, 2.0


class RedisStream:
    """A stream in `redis`, which must not decode responses; `append` waits `retry_seconds` for a Redis that is away.

    What each method does, takes and raises stands at `EventStream`.
    """

    def __init__(self, redis: Redis, retry_seconds: float = 60) -> None:
        if redis.get_encoder().decode_responses:
            raise ValueError("a client that decodes responses cannot read a stream with one damaged entry")
        self._redis: Any = redis  # redis-py types every answer as awaitable too
        self._append = redis.register_script(_APPEND)
        self._retry_seconds = retry_seconds

    def append(self, events: Sequence[RunEvent]) -> None:
        pairs = [(event, text_of(event)) for event in events]
        for batch in _batches(pairs):
            self._patiently(batch)

    def read(self, run_id: int, after: int, count: int = 1000) -> list[RunEvent]:
        return events_of(run_id, self._read({run_id: after}, count).get(run_id, ()))

    def read_many(self, after: Mapping[int, int], *, count: int = 1000, block_ms: int = 0) -> dict[int, list[RunEvent]]:
        found: dict[int, list[RunEvent]] = {}
        if block_ms and len(after) > _BATCH:
            self._read(after, 1, block_ms)  # waits for all of them at once; what is there is read in parts below
            block_ms = 0
        for part in _batches(list(after)):
            entries = self._read({run_id: after[run_id] for run_id in part}, count, block_ms)
            found |= {run_id: events_or_none(run_id, these) for run_id, these in entries.items()}
        return found

    def last_counter(self, run_id: int) -> int:
        with translated():
            try:
                return counter_of(self._redis.xinfo_stream(key(run_id))["last-generated-id"])
            except ResponseError as error:
                if "no such key" in str(error):
                    return 0
                raise

    def trim(self, run_id: int, up_to: int) -> None:
        with translated():
            self._redis.xtrim(key(run_id), minid=entry_id(up_to + 1), approximate=False)

    def delete(self, run_id: int) -> None:
        with translated():
            self._redis.delete(key(run_id))

    def expire(self, run_id: int, seconds: int) -> None:
        with translated():
            self._redis.expire(key(run_id), seconds)

    def _patiently(self, pairs: Sequence[tuple[RunEvent, str]]) -> None:
        """Add them as soon as Redis answers; after `retry_seconds` that is too late."""
        deadline, pause = time.monotonic() + self._retry_seconds, _PAUSE
        while True:
            try:
                with translated():
                    return self._add(pairs)
            except Passing:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise
                time.sleep(min(pause, left))
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _add(self, pairs: Sequence[tuple[RunEvent, str]]) -> None:
        while pairs:
            keys = [key(event.run_id) for event, _ in pairs]
            entries = [part for event, text in pairs for part in (entry_id(event.counter), FIELD, text)]
            refused = int(self._append(keys=keys, args=entries))
            if not refused:
                return
            self._check_refused(pairs[refused - 1][0])
            pairs = pairs[refused:]

    def _check_refused(self, event: RunEvent) -> None:
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.xrange(key(event.run_id), entry_id(event.counter), entry_id(event.counter))
        pipeline.xrange(key(event.run_id), count=1)
        there, first = pipeline.execute()
        text = there[0][1].get(FIELD, b"") if there else None
        check_refused(event, text, counter_of(first[0][0]) if first else None)

    def _read(self, after: Mapping[int, int], count: int, block_ms: int = 0) -> dict[int, list[Entry]]:
        if not after:
            return {}
        keys = {key(run_id).encode(): run_id for run_id in after}
        places = {name: past(after[run_id]) for name, run_id in keys.items()}
        with translated():
            answer = self._redis.xread(places, count=count, block=self._block(block_ms))
        found = answer.items() if isinstance(answer, dict) else answer or ()  # RESP3, RESP2
        return {keys[name]: entries for name, entries in found}

    def _block(self, block_ms: int) -> int | None:
        """How long Redis may wait: less than the connection waits for Redis. None: not at all (0 would be for ever)."""
        timeout: float | None = self._redis.get_connection_kwargs().get("socket_timeout")
        if timeout:
            block_ms = min(block_ms, int(timeout * 500))
        return block_ms if block_ms > 0 else None


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))
