"""The contract of EventStream, over real Redis (every kind there is) and the twin."""

import threading

import pytest

from bot.errors import WrongState
from bot.model.event import RunEvent
from bot.stream import Damaged

from .conftest import Door, event, events

HOSTILE = "{{ lookup('pipe','id') }} ; rm -rf / $(id) \0 \u202e <!channel> \ud800 \u2028 'x' \U0001f600"


def test_events_come_out_as_they_went_in(door: Door) -> None:
    """Given events of a run, when they are appended, then reading brings the same values in order."""
    door.stream.append(events(1, 2, 3))
    assert door.stream.read(1, after=0) == events(1, 2, 3)


def test_reading_starts_anywhere(door: Door) -> None:
    """Given five events, when reading after the second with room for two, then the third and fourth come."""
    door.stream.append(events(1, 2, 3, 4, 5))
    assert door.stream.read(1, after=2, count=2) == events(3, 4)
    assert door.stream.read(1, after=5) == []


def test_an_unknown_run_has_no_events(door: Door) -> None:
    """Given no stream at all, when it is read, trimmed or deleted, then there is nothing and nothing happens."""
    door.stream.trim(7, 3)
    door.stream.delete(7)
    door.stream.expire(7, 10)
    assert door.stream.read(7, after=0) == []
    assert door.stream.read_many({7: 0}) == {}
    assert door.stream.read_many({}) == {}
    assert door.stream.last_counter(7) == 0


def test_appending_nothing_is_harmless(door: Door) -> None:
    """Given no events, when they are appended, then no stream comes into being."""
    door.stream.append([])
    assert door.stream.last_counter(1) == 0


def test_appending_again_changes_nothing(door: Door) -> None:
    """Given an append whose answer was lost, when it is made again with more, then each event is there once."""
    door.stream.append(events(1, 2, 3))
    door.stream.append(events(1, 2, 3, 4))
    assert door.stream.read(1, after=0) == events(1, 2, 3, 4)


def test_appending_again_after_the_relay_trimmed_is_harmless(door: Door) -> None:
    """Given events trimmed before their writer heard that they arrived, when it repeats them, then it is content."""
    door.stream.append(events(1, 2, 3))
    door.stream.trim(1, 2)
    door.stream.append(events(1, 2, 3))
    door.stream.trim(1, 3)
    door.stream.append(events(2, 3, 4))
    assert door.stream.read(1, after=0) == events(4)


def test_two_writers_of_one_run_are_found_out(door: Door) -> None:
    """Given event 1 of one worker, when another appends its own event 1, then it is refused and the first stays."""
    door.stream.append([event(1, message="mine")])
    with pytest.raises(WrongState, match=r"Event 1 of run 1 .* carried out twice"):
        door.stream.append([event(1, message="yours")])
    assert door.stream.read(1, after=0) == [event(1, message="mine")]


def test_nothing_comes_after_an_event_that_was_refused(door: Door) -> None:
    """Given an end that another has told, when a worker appends events over it, then none after it gets in either."""
    door.stream.append([event(1), event(2, message="it is lost")])
    with pytest.raises(WrongState, match=r"Event 2 of run 1 .* carried out twice"):
        door.stream.append([event(1), event(2, message="on"), event(3), event(4)])
    assert door.stream.last_counter(1) == 2


def test_an_event_that_comes_too_late_is_refused(door: Door) -> None:
    """Given events 1 and 3, when 2 comes after them, then its writer is told, as it could not be stored."""
    door.stream.append(events(1, 3))
    with pytest.raises(WrongState, match="Event 2 of run 1"):
        door.stream.append(events(2))


def test_counters_begin_at_one(door: Door) -> None:
    """Given an event 0, when it is appended, then it is a programmer's mistake."""
    with pytest.raises(ValueError, match="begin at 1"):
        door.stream.append(events(0))


def test_hostile_text_is_data(door: Door) -> None:
    """Given everything one should not say in a message, when it is read again, then it is what it was."""
    door.stream.append([event(1, message=HOSTILE)])
    assert door.stream.read(1, after=0)[0].message == HOSTILE.replace("\ud800", "?")


def test_runs_do_not_mix(door: Door) -> None:
    """Given events of two runs in one append, when both are read at once, then each run has its own."""
    door.stream.append([event(1, 1), event(1, 2), event(2, 1)])
    assert door.stream.read_many({1: 0, 2: 0}) == {1: events(1, 2), 2: events(1, run_id=2)}


def test_runs_with_nothing_new_are_absent(door: Door) -> None:
    """Given two runs of which one has news, when both are read at once, then only that one is named."""
    door.stream.append([event(1, 1), event(1, 2)])
    assert door.stream.read_many({1: 1, 2: 0, 3: 0}) == {2: events(1, run_id=2)}


def test_count_bounds_every_run(door: Door) -> None:
    """Given three events in two runs, when two of each are asked for, then two of each come."""
    door.stream.append([event(n, run) for run in (1, 2) for n in (1, 2, 3)])
    assert door.stream.read_many({1: 0, 2: 1}, count=2) == {1: events(1, 2), 2: events(2, 3, run_id=2)}


def test_more_runs_than_one_call_reads(door: Door) -> None:
    """Given 1,201 runs, when all are read at once with waiting allowed, then all come."""
    door.stream.append([event(1, run) for run in range(1, 1202)])
    found = door.stream.read_many(dict.fromkeys(range(1, 1202), 0), block_ms=1000)
    assert sorted(found) == list(range(1, 1202))
    assert found[1201] == events(1, run_id=1201)


def test_waiting_ends_when_something_comes(door: Door) -> None:
    """Given nobody wrote yet, when a reader waits and a writer comes, then the reader has it long before its time."""
    got: list[dict[int, list[RunEvent]]] = []

    def wait() -> None:
        while not got or not got[-1]:
            got.append(door.stream.read_many({1: 0, 2: 0}, block_ms=60_000))

    reader = threading.Thread(target=wait)
    reader.start()
    door.stream.append(events(1, run_id=2))
    reader.join(timeout=30)
    assert not reader.is_alive()
    assert got[-1] == {2: events(1, run_id=2)}


def test_waiting_in_vain_brings_nothing(door: Door) -> None:
    """Given nobody writes, when a reader waits a little, then it gets an empty answer."""
    assert door.stream.read_many({1: 0}, block_ms=20) == {}


def test_the_last_counter_outlives_trimming(door: Door) -> None:
    """Given three events, when all are trimmed, then the last counter is still known and none can be read."""
    door.stream.append(events(1, 2, 3))
    assert door.stream.last_counter(1) == 3
    door.stream.trim(1, 3)
    assert door.stream.last_counter(1) == 3
    assert door.stream.read(1, after=0) == []


def test_trimming_keeps_what_is_later(door: Door) -> None:
    """Given 300 events, when the first 150 are trimmed, then exactly the other 150 are left."""
    door.stream.append(events(*range(1, 301)))
    door.stream.trim(1, 150)
    assert [found.counter for found in door.stream.read(1, after=0)] == list(range(151, 301))


WRONG = (
    b'"host":5', b'"message":null', b'"warnings":[1]', b'"warnings":"one"', b'"at":"noon"', b'"at":1e300', b'"at":-1',
    b'"at":Infinity', b'"cut":1.5', b'"cut":true', b'"data":[]', b'"data":5', b'"duration":"long"',
)  # fmt: skip
"""Fields of an event that are not of their type, each of which would raise in whoever reads it later."""


def test_deleting_forgets_all(door: Door) -> None:
    """Given a run's stream, when it is deleted, then it could begin anew, and another run's is untouched."""
    door.stream.append([*events(1, 2), event(1, 2)])
    door.stream.delete(1)
    assert door.stream.last_counter(1) == 0
    assert door.stream.read_many({1: 0, 2: 0}) == {2: events(1, run_id=2)}


def test_an_expired_stream_is_gone(door: Door) -> None:
    """Given a run's stream, when its time is over, then nothing of it is left, and with time left all is."""
    door.stream.append([event(1, 1), event(1, 2)])
    door.stream.expire(1, 0)
    door.stream.expire(2, 3600)
    assert door.stream.read(1, after=0) == []
    assert door.stream.last_counter(1) == 0
    assert door.stream.read(2, after=0) == events(1, run_id=2)


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"v":1}', b'{"run_id":1,"counter":2,"kind":"x"}', b"[" * 100_000,
     b'{"run_id":9,"counter":2,"kind":"x","at":1.0}', b'{"run_id":1,"counter":2,"kind":"x","at":1,"result":"odd"}',
     *(b'{"run_id":1,"counter":2,"kind":"x","at":1,' + wrong + b"}" for wrong in WRONG)],
    ids=["empty", "cut", "list", "null", "bytes", "bare", "no-time", "deep", "foreign", "odd-result", *WRONG],
)  # fmt: skip
def test_a_damaged_entry_is_named_and_passed(door: Door, text: bytes) -> None:
    """Given a damaged second of three entries, when reading, then the second is named and the others come."""
    door.stream.append(events(1))
    door.put(1, 2, text)
    door.stream.append(events(3))
    assert door.stream.read(1, after=0) == events(1)
    with pytest.raises(Damaged, match="Event 2 of run 1 is damaged") as caught:
        door.stream.read(1, after=1)
    assert (caught.value.run_id, caught.value.counter) == (1, 2)
    assert door.stream.read(1, after=caught.value.counter) == events(3)


def test_damage_in_one_run_leaves_the_others_alone(door: Door) -> None:
    """Given a damaged entry in run 1, when runs 1 and 2 are read at once, then 2 has its events and 1 an empty list."""
    door.put(1, 1, b"garbage")
    door.stream.append(events(1, run_id=2))
    assert door.stream.read_many({1: 0, 2: 0}) == {1: [], 2: events(1, run_id=2)}


def test_an_event_of_a_newer_version_is_read(door: Door) -> None:
    """Given an event with an unknown field and without some known ones, when reading, then it is understood."""
    door.put(1, 1, b'{"v":2,"run_id":1,"counter":1,"kind":"new_kind","at":5.0,"color":"red"}')
    assert door.stream.read(1, after=0) == [RunEvent(run_id=1, counter=1, kind="new_kind", at=5.0)]
