"""Events of sensors on their way: alerts into incidents and to all rules, others to the rules of their source."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.alerts import Grouping
from bot.errors import Misconfigured, Unavailable
from bot.flows.hand_over import HandOver
from bot.flows.sensed import DealWithSensed
from bot.model.incident import Mute
from bot.sensors import MemorySensed, Sensed

from .rule_town import MEND, RuleTown
from .world import World


def flow(town: RuleTown) -> DealWithSensed:
    """The flow in a town, with nothing waiting."""
    return DealWithSensed(waiting=MemorySensed(), ruling=town.ruling, incidents=town.world.incidents, grouping=Grouping)


def deal(town: RuleTown, sensed: DealWithSensed) -> int:
    """A turn of a relay: what sensors said goes into incidents, and from there to rules."""
    dealt = sensed.handle()
    HandOver(incidents=town.world.incidents, ruling=town.ruling).handle()
    return dealt


def alert(uuid: str, status: str = "firing", **more: Any) -> dict[str, Any]:
    """An event that says it is an alert."""
    said = {"subject": "s", "title": "web1 is down", "status": status, "symptom": "down", "host": "web1", **more}
    return {"alert": said, "meta": {"uuid": uuid, "source": {"name": "n", "type": "url_answers"}}}


def test_an_alert_of_a_sensor_takes_the_road_of_alerts(world: World) -> None:
    """Given a sensor's alert, when it is dealt with, then it is in an incident, rules act, and its end closes it."""
    town = RuleTown(world)
    sensed = flow(town)
    for event in (alert("a"), alert("b"), alert("c", "resolved")):
        sensed.waiting.put(Sensed(ruleset="other", event=event))
        assert deal(town, sensed) == 1
    assert sensed.waiting.first() is None
    (incident,) = world.incidents.find(also_closed=True)
    assert (incident.source, incident.closed) == ("url_answers", True)
    assert [run.command for run in world.ledger.find()] == ["run safe on web1 in lab"]
    assert town.only().incident_id == incident.id


def test_while_the_policy_cannot_be_used_events_wait(world: World) -> None:
    """Given a policy that was never good, when a sensor's alert comes, then it waits until the policy is mended."""

    def broken() -> Grouping:
        raise Misconfigured("signalbox.yml cannot be used.")

    town = RuleTown(world)
    sensed = flow(town)
    sensed.waiting.put(Sensed(ruleset="other", event=alert("a")))
    with pytest.raises(Misconfigured):
        replace(sensed, grouping=broken).handle()
    assert sensed.handle() == 1
    assert len(world.incidents.find()) == 1


RULES = """
- name: count
  condition: event.i == 2
  action: {notify: {text: "two"}}
"""


@pytest.mark.parametrize(("ruleset", "said"), [("town", ["two"]), ("other", [])])
def test_other_events_are_for_the_rules_of_their_source(world: World, ruleset: str, said: list[str]) -> None:
    """Given an event that is no alert, when it is dealt with, then only the ruleset of its source is asked."""
    town = RuleTown(world, RULES)
    sensed = flow(town)
    event = {"i": 2, "alert": {"status": "firing"}, "meta": {"uuid": "u"}}
    for _ in range(2):  # delivered twice
        sensed.waiting.put(Sensed(ruleset=ruleset, event=event))
    sensed.handle()
    assert town.said() == said
    assert world.incidents.find(also_closed=True) == []


def test_what_could_not_be_dealt_with_comes_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given rules that are away for a moment, when they are there again, then the event is dealt with, once."""
    town = RuleTown(world, MEND)
    sensed = flow(town)
    sensed.waiting.put(Sensed(ruleset="town", event=alert("a")))

    def away(*_: object) -> None:
        raise Unavailable("away", "")

    with monkeypatch.context() as patched:
        patched.setattr(town.states, "change", away)
        with pytest.raises(Unavailable):
            deal(town, sensed)
    assert world.ledger.find() == []
    deal(town, sensed)
    assert len(world.ledger.find()) == 1


def test_what_is_said_again_is_counted_and_what_is_muted_stays_so(world: World) -> None:
    """Given an alert that a sensor says again, and one that is muted, when they come twice, then rules are not told."""
    town = RuleTown(world, RULES.replace("event.i == 2", "event.symptom is defined").replace("two", "{{ event.host }}"))
    sensed = flow(town)
    at = sensed.clock()
    mute = Mute(matchers={"host": "db*"}, at=at, until=at + timedelta(hours=1), by="a", why="w")
    world.incidents.mute(mute)
    muted = alert("m", host="db1", subject="db1")
    for event in (alert("a"), alert("a"), alert("again"), muted, muted):
        sensed.waiting.put(Sensed(ruleset="town", event=event))
    deal(town, sensed)
    assert town.said() == ["web1"]
