"""The log of a run: every text whole and in its place, bounded, and cut where it says so."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.engine.normalize import MAX_TEXT, Normalizer
from bot.flows.inquire_runs import LOG_CHARACTERS
from bot.flows.log_text import log_lines
from bot.model.event import ENDED, MORE_TEXT, STATUS, Result, RunEvent
from bot.model.reply import Block

from .world import World, event

TASK = {"play": "all", "task": "Copy"}


def raw(kind: str, host: str = "web1", diff: str = "", **res: Any) -> dict[str, Any]:
    """An event as ansible-runner gives it."""
    data = {"play": "all", "task": "Copy", "host": host, "res": res}
    if diff:
        data["diff"] = {"before": "", "after": diff}
    return {"event": kind, "created": "2026-01-01T00:00:00", "event_data": data}


def log(world: World, events: list[RunEvent]) -> list[str]:
    """The log of a run with these events, as a chat gets it."""
    world.run("run ping")
    world.ledger.add_events(1, events)
    (part,) = world.told("log 1").parts
    assert isinstance(part, Block)
    assert part.title == "Log of run 1"
    return part.text.split("\n")


def numbered(events: list[RunEvent]) -> list[RunEvent]:
    """The same events with counters from 1."""
    return [replace(one, counter=counter) for counter, one in enumerate(events, start=1)]


def test_a_run_reads_like_ansible(world: World) -> None:
    """Given a run with results of every kind, when its log is read, then each stands under its task."""
    events = numbered(
        [
            event(STATUS, 0, data={"status": "starting"}),
            event("playbook_on_play_start", 0, play="Web servers"),
            event("playbook_on_task_start", 0, **TASK),
            event("runner_on_start", 0, host="web1", **TASK),
            event("runner_on_ok", 0, host="web1", result=Result.CHANGED, **TASK),
            event("runner_item_on_ok", 0, host="web2", item="a", result=Result.OK, message="fine", **TASK),
            event("runner_on_failed", 0, host="web3", result=Result.FAILED, message="no\nroom", **TASK),
            event("playbook_on_handler_task_start", 0, play="all", task="Reload"),
            event("playbook_on_task_start", 0, play="all", task="Restart", data={"handler": True}),
            event("warning", 0, warnings=("old module",)),
            event("error", 0, message="ERROR! no such role"),
            event("playbook_on_stats", 0, data={"stats": {}}),
            event(ENDED, 0, data={"status": "failed", "reason": "web3 failed.", "final_counter": 13}),
        ]
    )
    assert log(world, events) == [
        "PLAY Web servers",
        "TASK Copy",
        "  changed: web1",
        "  ok: web2 (a): fine",
        "  failed: web3:",
        "    no",
        "    room",
        "HANDLER Reload",
        "HANDLER Restart",
        "  warning: warning: old module",
        "  error: ERROR! no such role",
        "ENDED failed: web3 failed.",
    ]


def test_a_run_that_could_not_start_says_why(world: World) -> None:
    """Given a run that ended before anything happened, when its log is read, then the reason is there."""
    end = event(ENDED, 1, data={"status": "error", "reason": "The inventory has changed.", "final_counter": 1})
    assert log(world, [end]) == ["ENDED error: The inventory has changed."]


def test_a_log_without_events_says_so(world: World) -> None:
    """Given a run that waits, when its log is read, then it says that there is nothing yet."""
    assert log(world, []) == ["Nothing yet."]


@pytest.mark.parametrize("length", [MAX_TEXT - 1, MAX_TEXT, MAX_TEXT + 1, 3 * MAX_TEXT, 5 * MAX_TEXT + 7])
def test_a_text_that_was_cut_is_whole_in_the_log(world: World, length: int) -> None:
    """Given a message and a diff of any length, when the worker has cut them, then both are in the log in one piece."""
    message = "".join(f"{number:06d}\n" for number in range(length // 7 + 1))[:length].rstrip("\n")
    diff = message.replace("0", "x")
    normalizer = Normalizer(1)
    events = [
        *normalizer.feed(raw("runner_on_ok", msg=message)),
        *normalizer.feed(raw("runner_on_file_diff", diff=diff)),
        *normalizer.feed(raw("runner_on_ok", host="web2", msg="after")),
    ]
    assert any(one.data.get("field") == "message" for one in events) == (len(message) > MAX_TEXT)
    lines = log(world, events)
    told = [line.strip() for line in lines]
    start = told.index("000000")
    assert told[start : start + len(message.split("\n"))] == message.split("\n")
    assert lines[-1] == "  ok: web2: after"
    assert any("xxxxxx" in line for line in lines)
    assert not any(MORE_TEXT in line for line in lines)


def test_message_and_diff_of_one_event_do_not_mix(world: World) -> None:
    """Given an event whose message, diff and warning are all there, when both texts were cut, then each is in order."""
    events = [
        event("runner_on_ok", 1, host="a", result=Result.OK, message="m1 ", diff="d1 ", warnings=("careful",), cut=6),
        event(MORE_TEXT, 2, message="m2 ", data={"of": 1, "field": "message", "part": 1}),
        event(MORE_TEXT, 3, message="m3", data={"of": 1, "field": "message", "part": 2}),
        event(MORE_TEXT, 4, message="d2", data={"of": 1, "field": "diff", "part": 1}),
        event("runner_on_ok", 5, host="b", result=Result.OK),
    ]
    assert log(world, events) == ["  ok: a:", "    m1 m2 m3", "    d1 d2", "    warning: careful", "  ok: b"]


def test_the_rest_of_a_text_may_be_in_the_next_page(world: World) -> None:
    """Given a text that is cut right where the ledger's page of a thousand ends, when it is read, then it is whole."""
    events = [event("runner_on_ok", n, host=f"h{n}", result=Result.OK) for n in range(1, 1000)]
    events += [
        event("runner_on_ok", 1000, host="last", result=Result.OK, message="first half, "),
        event(MORE_TEXT, 1001, message="second half", data={"of": 1000, "field": "message", "part": 1}),
    ]
    assert log(world, events)[-1] == "  ok: last: first half, second half"


def test_a_rest_without_its_event_is_shown_where_it_is(world: World) -> None:
    """Given the rest of a text whose event was damaged, when the log is read, then the rest is there all the same."""
    events = [
        event("runner_on_ok", 1, host="a", result=Result.OK),
        event(MORE_TEXT, 3, message="orphan", data={"of": 2, "field": "message", "part": 1}),
        event(MORE_TEXT, 4, message="orphan two", data={}),
        event("runner_on_ok", 5, host="b", result=Result.OK),
    ]
    assert log(world, events) == ["  ok: a", "  run_text: orphan", "  run_text: orphan two", "  ok: b"]


def test_a_log_is_bounded_and_says_so(world: World) -> None:
    """Given more text than a reply holds, when the log is read, then it has its beginning, and says where more is."""
    events = [event("runner_on_ok", n, host="a", result=Result.OK, message=f"{n} " + "x" * 8000) for n in range(1, 101)]
    lines = log(world, events)
    assert len("\n".join(lines)) <= LOG_CHARACTERS + 100
    assert lines[0].startswith("  ok: a: 1 x")
    assert lines[-1] == "… and so on: the rest is in the database, in the table run_events."
    assert sum(len(line) for line in lines[:-1]) > LOG_CHARACTERS - 8_100


def test_one_line_longer_than_a_log_is_cut(world: World) -> None:
    """Given a single line that is longer than a reply, when the log is read, then as much of it as fits is there."""
    lines = log(world, [event("runner_on_ok", 1, host="a", result=Result.OK, message="y" * 300_000)])
    assert len(lines) == 2
    assert len(lines[0]) == LOG_CHARACTERS


def test_no_more_is_read_than_is_shown() -> None:
    """Given a run without an end, when only some lines are taken, then only as many events are read."""
    read = 0

    def endless() -> Iterator[RunEvent]:
        nonlocal read
        while True:
            read += 1
            yield event("runner_on_ok", read, host="a", result=Result.OK)

    lines = log_lines(endless())
    assert [next(lines) for _ in range(10)] == ["  ok: a"] * 10
    assert read <= 12
