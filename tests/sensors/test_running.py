"""Sources at work: whatever way a plugin puts its events, each is handed on once, filtered, marked, in order."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Unavailable
from bot.sensors import Wired, run_source
from bot.sensors import running as at_work

from .plugins import plugin, source

AWAITS = """
async def main(queue, args):
    for i in range(args["limit"]):
        await queue.put({"i": i})
"""
NOT_AWAITED = """
def main(queue, args):
    for i in range(args["limit"]):
        coroutine = queue.put({"i": i})
"""
AT_ONCE = """
async def main(queue, args):
    for i in range(args["limit"]):
        queue.put_nowait({"i": i})
"""
FROM_A_THREAD = """
import asyncio
async def main(queue, args):
    loop = asyncio.get_running_loop()
    def work():
        for i in range(args["limit"]):
            asyncio.run_coroutine_threadsafe(queue.put({"i": i}), loop).result()
    await loop.run_in_executor(None, work)
"""


def run(wired: Wired) -> list[Mapping[str, Any]]:
    """The events that it makes."""
    events: list[Mapping[str, Any]] = []
    asyncio.run(run_source(wired, events.append))
    return events


@pytest.mark.filterwarnings("ignore:coroutine 'EventQueue._room' was never awaited:RuntimeWarning")
@pytest.mark.parametrize(
    "code", [AWAITS, NOT_AWAITED, AT_ONCE, FROM_A_THREAD], ids=["await", "bare", "nowait", "thread"]
)
def test_every_way_to_put_an_event(tmp_path: Path, code: str) -> None:
    """Given a plugin, when it puts events in one of the ways that there are, then all come, in order, and it ends."""
    events = run(source(tmp_path, code, limit=5))
    assert [event["i"] for event in events] == [0, 1, 2, 3, 4]
    assert len({event["meta"]["uuid"] for event in events}) == 5
    assert events[0]["meta"]["source"] == {"name": "mine", "type": "made_up"}


def test_meta_of_the_plugins_own_stays_but_for_the_incident(tmp_path: Path) -> None:
    """Given an event with a meta, when it is handed on, then what it says stays, but no incident can be claimed."""
    code = """
    async def main(queue, args):
        await queue.put({"meta": {"uuid": "mine", "incident": 7, "hosts": ["web1"]}})
    """
    (event,) = run(source(tmp_path, code))
    assert event["meta"].items() >= {"uuid": "mine", "hosts": ["web1"]}.items()
    assert "incident" not in event["meta"]


def test_filters_change_split_and_drop(tmp_path: Path) -> None:
    """Given filters, when an event passes them, then each sees what the one before made; a list is several events."""
    plugin(tmp_path, "twice", "def main(event, by): return [event, {**event, 'by': by}]\n", "event_filter")
    plugin(tmp_path, "drop", "def main(event): return event if 'by' in event else None\n", "event_filter")
    filters = (("twice", {"by": 3}), ("drop", {}))
    events = run(source(tmp_path, AWAITS, filters, limit=2))
    assert [(event["i"], event["by"]) for event in events] == [(0, 3), (1, 3)]


def test_what_is_no_event_or_breaks_a_filter_costs_itself_only(tmp_path: Path) -> None:
    """Given things that are no events, and a filter that fails on some, when they come, then others are handed on."""
    plugin(tmp_path, "picky", "def main(event): return {'i': 10 // event['i']}\n", "event_filter")
    code = """
    async def main(queue, args):
        for thing in ("text", None, [1], {"i": 0}, {"i": 5}):
            await queue.put(thing)
    """
    events = run(source(tmp_path, code, (("picky", {}),)))
    assert [event["i"] for event in events] == [2]


def test_a_store_that_is_away_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a store that does not answer at first, when events come, then none is lost, and none comes twice."""
    monkeypatch.setattr(at_work, "AGAIN_SECONDS", (0.01,))
    tries: list[int] = []
    kept: list[int] = []

    def deliver(event: Mapping[str, Any]) -> None:
        tries.append(event["i"])
        if len(tries) < 3:
            raise Unavailable("away", "")
        if event["i"] == 1:
            raise ValueError("too large")
        kept.append(event["i"])

    asyncio.run(run_source(source(tmp_path, AWAITS, limit=3), deliver))
    assert tries == [0, 0, 0, 1, 2]
    assert kept == [0, 2]


def test_who_awaits_waits_while_too_many_are_not_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a store that is slow, when a plugin awaits its puts, then it never is far ahead."""
    monkeypatch.setattr(at_work, "MOST_WAITING", 2)
    code = """
    async def main(queue, args):
        for i in range(10):
            await queue.put({"most": queue.qsize()})
    """
    assert max(event["most"] for event in run(source(tmp_path, code))) <= 2


def test_a_plugin_that_fails_tells_so_after_its_events_are_stored(tmp_path: Path) -> None:
    """Given a plugin that puts an event and fails, when it has run, then the event is stored, and that is told."""
    code = """
    async def main(queue, args):
        await queue.put({"i": 1})
        raise RuntimeError("secret")
    """
    events: list[Mapping[str, Any]] = []
    with pytest.raises(RuntimeError):
        asyncio.run(run_source(source(tmp_path, code), events.append))
    assert [event["i"] for event in events] == [1]
