"""The stream's twin: the same promises, kept in one process's memory."""
# ruff: noqa: D102 (what each method does is told once, at `EventStream`)

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.model.event import RunEvent
from bot.stream.entries import (
    FIELD,
    Entry,
    check_refused,
    entry_id,
    events_of,
    events_or_none,
    text_of,
)


@dataclass(slots=True)
class _Stream:
    """What Redis knows of one stream: `entries` by counter, in order; `ends` is the monotonic second it expires at."""

    entries: dict[int, bytes] = field(default_factory=dict)
    last: int = 0
    ends: float | None = None


class MemoryStream:
    """A stream that needs no Redis; what each method does, takes and raises stands at `EventStream`."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._streams: dict[int, _Stream] = {}

    def append(self, events: Sequence[RunEvent]) -> None:
        with self._changed:
            for event in events:
                self._add(event)
            self._changed.notify_all()

    def read(self, run_id: int, after: int, count: int = 1000) -> list[RunEvent]:
        with self._changed:
            return events_of(run_id, self._after(run_id, after, count))

    def read_many(self, after: Mapping[int, int], *, count: int = 1000, block_ms: int = 0) -> dict[int, list[RunEvent]]:
        with self._changed:
            self._changed.wait_for(lambda: self._new(after, 1), timeout=block_ms / 1000)
            return {run_id: events_or_none(run_id, found) for run_id, found in self._new(after, count).items()}

    def last_counter(self, run_id: int) -> int:
        with self._changed:
            return self._stream(run_id).last

    def trim(self, run_id: int, up_to: int) -> None:
        with self._changed:
            stream = self._stream(run_id)
            stream.entries = {counter: text for counter, text in stream.entries.items() if counter > up_to}

    def delete(self, run_id: int) -> None:
        with self._changed:
            self._streams.pop(run_id, None)

    def expire(self, run_id: int, seconds: int) -> None:
        with self._changed:
            self._stream(run_id).ends = time.monotonic() + seconds

    def put(self, run_id: int, counter: int, text: bytes) -> None:
        """Set any text as an entry, as another program might; for tests of damage."""
        with self._changed:
            stream = self._streams.setdefault(run_id, _Stream())
            stream.entries[counter] = text
            stream.last = max(stream.last, counter)

    def _add(self, event: RunEvent) -> None:
        stream = self._stream(event.run_id)
        if event.counter <= stream.last:
            check_refused(event, stream.entries.get(event.counter), next(iter(stream.entries), None))
            return
        self._streams[event.run_id] = stream
        stream.entries[event.counter] = text_of(event).encode()
        stream.last = event.counter

    def _stream(self, run_id: int) -> _Stream:
        """The run's stream; an empty one, not kept, when there is none or its time is over."""
        stream = self._streams.get(run_id, _Stream())
        if stream.ends is not None and time.monotonic() >= stream.ends:
            del self._streams[run_id]
            return _Stream()
        return stream

    def _after(self, run_id: int, after: int, count: int) -> list[Entry]:
        later = [item for item in self._stream(run_id).entries.items() if item[0] > after]
        return [(entry_id(counter).encode(), {FIELD: text}) for counter, text in later[:count]]

    def _new(self, after: Mapping[int, int], count: int) -> dict[int, list[Entry]]:
        found = {run_id: self._after(run_id, counter, count) for run_id, counter in after.items()}
        return {run_id: entries for run_id, entries in found.items() if entries}
