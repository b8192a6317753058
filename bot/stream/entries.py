"""Entries of a run's stream to RunEvents and back, and what to do about one that is refused; no Redis in sight.

Event n of run r stands under the key `signalbox:run:<r>:events`, id `<n>-0`, in one field `e`: its JSON.
"""

from collections.abc import Iterable, Mapping, Sequence

from bot.errors import SignalboxError, WrongState
from bot.model.codec import decode, encode
from bot.model.event import RunEvent

FIELD = b"e"
Entry = tuple[bytes, Mapping[bytes, bytes]]
"""An entry as Redis gives it: id and fields."""

_LARGEST = 2**64 - 1
_YEAR_10000 = 253_402_300_800  # UTC seconds since the epoch, the first that no calendar of ours knows


class Damaged(SignalboxError):
    """An entry that is no event of its run; `run_id` and `counter` say which."""

    def __init__(self, run_id: int, counter: int, why: str) -> None:
        super().__init__(
            f"Event {counter} of run {run_id} is damaged in Redis: {why}.",
            "The events around it are not; the run's own log may still have it.",
        )
        self.run_id = run_id
        self.counter = counter


def key(run_id: int) -> str:
    """The key of the run's stream."""
    return f"signalbox:run:{run_id}:events"


def entry_id(counter: int) -> str:
    """The id of the event's entry."""
    return f"{counter}-0"


def past(counter: int) -> str:
    """An id behind everything of that counter, so that reading passes also what somebody else put there."""
    return f"{min(max(counter, 0), _LARGEST)}-{_LARGEST}"


def counter_of(entry: bytes) -> int:
    """The counter in an entry's id."""
    return int(entry.partition(b"-")[0])


def text_of(event: RunEvent) -> str:
    """The field of the event's entry."""
    if event.counter < 1:
        raise ValueError("counters of events begin at 1")
    return encode(event)


def event_of(run_id: int, entry: Entry) -> RunEvent:
    """The event of an entry, or Damaged."""
    place, fields = entry
    counter = counter_of(place)
    if place != entry_id(counter).encode():
        raise Damaged(run_id, counter, "its id is not one of ours")
    if FIELD not in fields:
        raise Damaged(run_id, counter, "it has no event in it")
    try:
        event = decode(RunEvent, fields[FIELD])
    except (ValueError, RecursionError):
        raise Damaged(run_id, counter, "it is not the JSON of an event") from None
    if (event.run_id, event.counter) != (run_id, counter):
        raise Damaged(run_id, counter, "it holds another event")
    if not 0 <= event.at < _YEAR_10000:
        raise Damaged(run_id, counter, "its time is none that a clock can show")
    return event


def events_of(run_id: int, entries: Iterable[Entry]) -> list[RunEvent]:
    """The events up to the first damaged entry, which is raised only when it is the very first."""
    events: list[RunEvent] = []
    for entry in entries:
        try:
            events.append(event_of(run_id, entry))
        except Damaged:
            if not events:
                raise
            break
    return events


def events_or_none(run_id: int, entries: Sequence[Entry]) -> list[RunEvent]:
    """As `events_of`, and an empty list for damage at the very first."""
    try:
        return events_of(run_id, entries)
    except Damaged:
        return []


def check_refused(event: RunEvent, there: bytes | None, first: int | None) -> None:
    """Judge an event whose id was refused as not larger than the last: harmless, or WrongState.

    `there` is the text that has its place (None: nothing has), `first` the lowest counter that the stream still holds
    (None: it is empty). An answer that got lost is why this happens: the event is there, or was there and is trimmed.
    """
    if there == text_of(event).encode():
        return
    if there is not None:
        raise WrongState(
            f"Event {event.counter} of run {event.run_id} is already there with another content.",
            "The run seems to be carried out twice; see which workers have it.",
        )
    if first is not None and first < event.counter:
        raise WrongState(
            f"Event {event.counter} of run {event.run_id} comes after a later one.", "Append events in their order."
        )
