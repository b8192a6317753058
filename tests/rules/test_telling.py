"""Why a condition holds or does not, told in sentences; and what every rule of a ruleset says to an event."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.alert import Alert, AlertStatus
from bot.rules import Arrival, RulesetState, Tried, event_of, id_of, make_ready, tried, with_incident
from bot.rules.parsing import parse
from bot.rules.telling import text_of, told
from tests.rules.make import ruleset

EVENT: dict[str, Any] = {"i": 1, "name": "web", "list": [1, 2], "on": True}


@pytest.mark.parametrize(
    ("condition", "sentences"),
    [
        ("event.i == 1", ("event.i == 1: yes (event.i is 1)",)),
        ("event.i == 2 and event.name == 'web'", ("event.i == 2: no (event.i is 1)",)),
        ("event.i == 2 or event.name == 'web'", ('event.name == "web": yes (event.name is "web")',)),
        ("event.x == 1", ("event.x == 1: not there (there is no event.x)",)),
        ("not event.i == 1", ("event.i == 1: yes (event.i is 1)",)),
        ("event.x is defined", ("event.x is defined: no (there is no event.x)",)),
        ("event.on", ("event.on: yes (event.on is true)",)),
        ("event.name is match('db')", ('event.name is match("db"): no (event.name is "web")',)),
        ("event.list is select('>', 5)", ('event.list is select(">", 5): no (event.list is [1, 2])',)),
    ],
)
def test_what_decides_is_told(condition: str, sentences: tuple[str, ...]) -> None:
    """Given a condition and an event, when it is asked why, then what decided is told with what was there."""
    assert told(parse(condition).test, {"event": EVENT}) == sentences


@pytest.mark.parametrize(
    "condition",
    [
        "event.i == 1 and (event.j != 2 or not event.k > 3)",
        'event["a-b"][0] in [1, "two", null, true]',
        'event.a is not search("x\\"y")',
        'event.list is not selectattr("age", ">=", 20)',
        "event.a + 1 - vars.b == 3",
    ],
)
def test_the_text_of_a_condition_means_the_same(condition: str) -> None:
    """Given a condition, when it is written anew from its nodes, then it is understood as the same."""
    node = parse(condition).test
    assert parse(text_of(node)).test == node


@given(value=st.text(max_size=400))
def test_what_an_event_says_is_one_printable_line(value: str) -> None:
    """Given any text in an event, when it is told, then it is short, one line, and without control characters."""
    (sentence,) = told(parse("event.x == 1").test, {"event": {"x": value}})
    assert sentence.isprintable()
    assert len(sentence) < 300


RULES = """
- name: first
  condition: event.i == 1
  throttle: {once_within: 5 minutes, group_by_attributes: [event.i]}
  action: {none: }
- name: second
  condition: event.i is defined
  action: {none: }
- name: sleeps
  condition: event.i is defined
  enabled: false
  action: {none: }
- name: pair
  condition: {all: [event.i == 1, event.j == 1]}
  action: {none: }
"""


def ask(state: RulesetState, event: dict[str, Any]) -> tuple[RulesetState, dict[str, Tried]]:
    """What the rules say to one more event."""
    decided, each = tried(make_ready(ruleset(RULES)), state, Arrival(id=id_of(event), data=event), 0.0, {})
    return decided.state, {one.rule.name: one for one in each}


def test_every_rule_says_why() -> None:
    """Given rules of several kinds, when events come, then each says whether it matched, and what kept it from that."""
    state, said = ask(RulesetState(), {"i": 1})
    assert [name for name, one in said.items() if one.matched] == ["first"]
    assert said["second"].why == ("The rule first before it has the event.",)
    assert said["sleeps"].why == ("It is not enabled.",)
    _, said = ask(state, {"i": 1, "again": True})
    assert said["first"].why[0] == "Its throttle keeps it back: once_within."
    assert not said["second"].matched
    _, said = ask(RulesetState(), {"j": 1})
    assert said["pair"].why[0] == "It waits for an event for each of its tests."


def alert(key: str = "k") -> Alert:
    """An alert that says little."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Alert(
        source="grafana", key=key, subject="s", status=AlertStatus.FIRING, symptom="down", title="t", starts_at=now
    )


def test_an_alert_becomes_an_event_with_a_name_of_its_own() -> None:
    """Given an alert, when it becomes an event, then its name is the same each time, and another one's is not."""
    event = event_of(alert())
    assert event["alert"]["status"] == "firing"
    assert event["alert"]["starts_at"] == "2026-01-01T00:00:00+00:00"
    assert id_of(event) == id_of(event_of(alert())) != id_of(event_of(alert("other")))


def test_an_event_cannot_say_itself_which_incident_it_belongs_to() -> None:
    """Given an event that claims an incident, when it is given its own, or none, then the claim is gone."""
    claims = {"meta": {"uuid": "u", "incident": 7}}
    assert with_incident(claims, None) == {"meta": {"uuid": "u"}}
    assert with_incident(claims, 3) == {"meta": {"uuid": "u", "incident": 3}}
    assert with_incident({"meta": "text"}, 3) == {"meta": {"incident": 3}}
