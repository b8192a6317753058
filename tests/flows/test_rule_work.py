"""A relay's turns for rules: one relay at a time, and whatever goes wrong, the next turn comes."""

import threading
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.alerts import Grouping
from bot.errors import Unavailable
from bot.flows import rule_work
from bot.flows.hand_over import HandOver
from bot.flows.rule_work import RuleWork, work_until
from bot.flows.sensed import DealWithSensed
from bot.queue import MemoryBell
from bot.sensors import MemorySensed, Sensed

from .rule_town import RuleTown
from .world import ClockedLeases, World

RULES = """
- name: two
  condition: event.i == 2
  action: {notify: {text: "two"}}
"""


def work(town: RuleTown, waiting: MemorySensed) -> RuleWork:
    """One relay's."""
    sensed = DealWithSensed(waiting=waiting, ruling=town.ruling, incidents=town.world.incidents, grouping=Grouping)
    leases: Any = ClockedLeases(town.world.held, lambda: town.world.now)
    hand_over = HandOver(incidents=town.world.incidents, ruling=town.ruling)
    return RuleWork(
        leases=leases,
        hand_over=hand_over,
        sensed=sensed,
        ruling=town.ruling,
        verify=town.verify,
        bell=MemoryBell(),
    )


def test_one_relay_at_a_time(world: World) -> None:
    """Given two relays, when events come, then the first that took the lease deals with them, then the other."""
    town, waiting = RuleTown(world, RULES), MemorySensed()
    first, second = work(town, waiting), work(town, waiting)
    first.handle(1.0)
    waiting.put(Sensed(ruleset="town", event={"i": 2}))
    second.handle(1.0)
    assert town.said() == []
    world.now += 10  # the first one died
    second.handle(2.0)
    assert town.said() == ["two"]


def test_at_rest_whoever_rings_is_heard(world: World) -> None:
    """Given nothing that was stored in SQL, when a sensor puts an event and rings, then rules have it at once."""
    town, waiting, never = RuleTown(world, RULES), MemorySensed(), threading.Event()
    relay = work(town, waiting)
    relay.changed = lambda: False
    relay.handle(1.0)
    waiting.put(Sensed(ruleset="town", event={"i": 2}))
    relay.handle(1.1)
    assert town.said() == []
    relay.bell.ring()
    relay.rest(1.1, never)
    relay.handle(1.2)
    assert town.said() == ["two"]


def test_at_rest_an_event_is_seen_all_the_same(world: World) -> None:
    """Given nobody who rings, when a sensor puts an event, then rules have it soon."""
    town, waiting = RuleTown(world, RULES), MemorySensed()
    relay = work(town, waiting)
    relay.changed = lambda: False
    relay.handle(1.0)
    waiting.put(Sensed(ruleset="town", event={"i": 2}))
    relay.handle(1.0 + rule_work.CALM_SECONDS)
    assert town.said() == ["two"]


def test_who_does_not_look_after_rules_takes_no_ring_from_who_does(world: World) -> None:
    """Given a second relay, when it rests and somebody rings, then the ring is left for the first."""
    town, waiting, over = RuleTown(world, RULES), MemorySensed(), threading.Event()
    first, second = work(town, waiting), work(town, waiting)
    second.bell = first.bell
    first.handle(1.0)
    second.handle(1.0)
    first.bell.ring()
    over.set()
    second.rest(1.0, over)
    assert first.bell.wait(0.01)


def test_whatever_goes_wrong_the_next_turn_comes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given turns that fail in all ways, when the relay goes on, then it does, and says the same only once."""
    monkeypatch.setattr(rule_work, "AWAY_SECONDS", 0.0)
    monkeypatch.setattr(rule_work, "TURN_SECONDS", 0.0)
    town, waiting, stop = RuleTown(world, RULES), MemorySensed(), threading.Event()
    waiting.put(Sensed(ruleset="town", event={"i": 2}))
    answers: list[Any] = [Unavailable("away", ""), Unavailable("away", ""), KeyError("bug"), None, work(town, waiting)]

    def make() -> RuleWork | None:
        answer = answers.pop(0)
        if not answers:
            stop.set()
        if isinstance(answer, Exception):
            raise answer
        made: RuleWork | None = answer
        return made

    with capture_logs() as logs:
        work_until(make, stop)
    assert town.said() == ["two"]
    assert [line["log_level"] for line in logs if line["event"] == "rules have to wait"] == ["warning", "error"]
