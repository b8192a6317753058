"""What people do about alerts and incidents: what it changes, who may, and that it is on record."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.alerts import Grouping, decider, group_of
from bot.errors import NotAllowed, NotUnderstood, Refused, UnknownName, WrongState
from bot.model.alert import Alert
from bot.model.incident import Effect, IncidentStatus, Notice
from bot.model.people import Actor, Conversation
from bot.model.request import Request
from tests.alerts.story import alert

from .world import World

ANNA = Actor(transport="terminal", name="anna")
LEA = Actor(transport="terminal", name="lea")
EVE = Actor(transport="terminal", name="eve")
NOBODY = Actor(transport="terminal", name="nobody")
ROLES = """
roles:
  operator:
    members: ["terminal:anna", "slack:U1"]
    may: [{runbooks: ["*"], environments: [lab]}]
  lead:
    members: ["terminal:lea"]
    may: [{runbooks: ["*"], environments: ["*"], approve: true}]
  looker:
    members: ["terminal:eve"]
    may: [{runbooks: ["*"], environments: ["*"], check: only}]
  elsewhere:
    members: ["terminal:max"]
    may: [{runbooks: ["*"], environments: ["*"], channels: [somewhere]}]
"""
GROUPING = Grouping()
DEEDS = ("incident 1 ack", "incident 1 assign me", "incident 1 note hm", "incident 1 close because it is over")


@pytest.fixture(autouse=True)
def roles(world: World) -> None:
    """An operator, a lead, one who may only check, one who may only elsewhere; and an incident."""
    world.write("signalbox.yml", ROLES)
    come(world, alert("a", host="web1", title="Errors are high"), alert("b", host="web2"))


def come(world: World, *said: Alert) -> list[Effect]:
    """Alerts come now."""
    now = datetime.now(UTC)
    notices = [Notice(alert=each, group=group_of(each, GROUPING), at=now) for each in said]
    return [outcome.effect for outcome in world.incidents.take(notices, decider(GROUPING))]


def told(world: World, text: str, actor: Actor = ANNA) -> str:
    """What is answered."""
    return repr(world.say(text, actor=actor))


def rows(world: World) -> list[tuple[str, str, str, int | None]]:
    """The audit, oldest first."""
    return [(row.action, row.status, row.reason, row.incident_id) for row in world.ledger.recorded()[::-1]]


def test_an_incident_from_first_look_to_end(world: World) -> None:
    """Given an incident, when somebody looks, takes it, notes, hands it over, closes it, then all is kept."""
    assert "HighErrors of payments" in told(world, "alerts")
    assert "Errors are high" in told(world, "incident 1")
    assert "You look after incident 1." in told(world, "incident #1 ack")
    told(world, "incident 1 note the disk   is full")
    assert "Incident 1 is terminal:ben's." in told(world, "incident 1 assign ben")
    assert "2 of its alerts still fire" in told(world, "incident 1 close because it is mended")
    incident = world.incidents.get(1)
    assert (incident.status, incident.acknowledged_by) == (IncidentStatus.CLOSED, "terminal:anna")
    assert (incident.assignee, incident.closed_by) == ("terminal:ben", "terminal:anna")
    assert rows(world) == [
        ("incident", "acknowledged", "", 1),
        ("incident", "noted", "the disk is full", 1),
        ("incident", "assigned", "terminal:ben", 1),
        ("incident", "closed", "it is mended", 1),
    ]
    assert "No incident is open." in told(world, "alerts")
    assert "HighErrors" in told(world, "alerts closed last 5")
    story = told(world, "incident 1 timeline")
    for said in ("opened by Errors are high on web1", "looks after it", "notes: the disk is full", "closes it"):
        assert said in story
    for name in ("time to acknowledge", "time to mitigate", "time to resolve"):
        assert name in story


def test_what_cannot_be_done_is_refused(world: World) -> None:
    """Given an incident, when it is taken twice, is not there or over, then it is refused."""
    world.say("incident 1 ack", actor=ANNA)
    with pytest.raises(WrongState, match="terminal:anna looks after incident 1 already"):
        world.say("incident 1 ack", actor=LEA)
    with pytest.raises(UnknownName, match="There is no incident 7"):
        world.say("incident 7 ack", actor=ANNA)
    for text in ("incident 7", "incident 7 timeline"):
        with pytest.raises(UnknownName):
            world.say(text, actor=ANNA)
    world.say("incident 1 close", actor=ANNA)
    for text in ("incident 1 ack", "incident 1 close", "incident 1 assign me"):
        with pytest.raises(WrongState):
            world.say(text, actor=ANNA)
    world.say("incident 1 note afterwards, with password=hunter2", actor=ANNA)
    assert world.incidents.timeline(1)[-1].text == "afterwards, with password=***"


@pytest.mark.parametrize("text", DEEDS)
@pytest.mark.parametrize("name", ["eve", "max", "nobody"])
def test_who_may_only_look_or_nothing_here_changes_nothing(world: World, name: str, text: str) -> None:
    """Given people without a grant for real from here, when they act, then NotAllowed, and it is on record."""
    before = world.incidents.get(1)
    with pytest.raises(NotAllowed):
        world.say(text, actor=Actor(transport="terminal", name=name))
    assert replace(world.incidents.get(1), edition=0) == replace(before, edition=0)
    assert len(world.incidents.timeline(1)) == 2
    assert rows(world)[-1][:2] == ("incident" if name != "nobody" else "parse", "refused")


def test_who_has_no_role_sees_nothing(world: World) -> None:
    """Given somebody whom no role names, when they ask about alerts, then they are told nothing; a looker is."""
    for text in ("alerts", "incident 1", "alerts mutes", "incident 1 timeline"):
        with pytest.raises(NotAllowed):
            world.say(text, actor=NOBODY)
        assert told(world, text, EVE)


@pytest.mark.parametrize("text", DEEDS)
def test_rules_do_not_act_on_incidents(world: World, text: str) -> None:
    """Given a rule that a role names, when it acts as a person would, then it may not."""
    world.write("signalbox.yml", ROLES.replace('"terminal:lea"', '"rule:*"'))
    with pytest.raises(NotAllowed, match="Only a person"):
        world.say(text, actor=Actor(transport="rule", name="disk"))


def test_a_mute_takes_a_grant_everywhere(world: World) -> None:
    """Given a mute, when an operator of one environment asks for it, then no; when a lead does, alerts are silent."""
    with pytest.raises(NotAllowed):
        world.say("alerts mute db for 2h because of a move", actor=ANNA)
    assert "(mute 1)" in told(world, "alerts mute db for 2h because of a move", LEA)
    assert come(world, alert("c", service="db"), alert("d", service="dbx")) == [Effect.MUTED, Effect.OPENED]
    shown = told(world, "alerts mutes", EVE)
    assert "of a move" in shown
    assert "terminal:lea" in shown
    with pytest.raises(NotAllowed):
        world.say("alerts unmute 1", actor=ANNA)
    assert "Mute 1 is off." in told(world, "alerts unmute 1", LEA)
    with pytest.raises(UnknownName):
        world.say("alerts unmute 1", actor=LEA)
    assert [row[:2] for row in rows(world)] == [
        ("alerts", "refused"),
        ("alerts", "muted"),
        ("alerts", "refused"),
        ("alerts", "unmuted"),
        ("alerts", "refused"),
    ]


@pytest.mark.parametrize(
    ("what", "fits"),
    [
        ("pay*", ["a"]),
        ("web1", ["a"]),
        ("HighErrors", ["a", "b"]),
        ("service=payments host=web?", ["a"]),
        ("service=payments host=db*", []),
        ("labels.zone=eu", ["b"]),
        ("severity=unknown", ["a", "b"]),
    ],
)
def test_what_a_mute_is_about(world: World, what: str, fits: list[str]) -> None:
    """Given a mute by name or by selectors, when alerts come, then exactly those that fit are silent."""
    world.incidents.change(1, lambda incident, _: (replace(incident, status=IncidentStatus.CLOSED, closed_by="x"), ()))
    world.say(f"alerts mute {what} for 2h because x", actor=LEA)
    one = alert("new-a", host="web1")
    other = alert("new-b", service="search", host="web9x", labels={"zone": "eu"})
    effects = come(world, one, other)
    assert [name for name, effect in zip("ab", effects, strict=True) if effect is Effect.MUTED] == fits


@pytest.mark.parametrize("text", ["alerts mute db for 8d because x", "alerts mute * for 1h because x"])
def test_mutes_have_bounds(world: World, text: str) -> None:
    """Given a mute that is too long or of everything, when it is asked for, then it is refused."""
    with pytest.raises(NotUnderstood):
        world.say(text, actor=LEA)
    assert world.incidents.mutes(datetime.now(UTC)) == []


@pytest.mark.parametrize(
    ("said", "named"),
    [("me", "terminal:anna"), ("ben", "terminal:ben"), ("slack:U7", "slack:U7"), ("terminal:x", "terminal:x")],
)
def test_whose_it_becomes(world: World, said: str, named: str) -> None:
    """Given a name, when an incident is handed over, then it is that person's."""
    world.say(f"incident 1 assign {said}", actor=ANNA)
    assert world.incidents.get(1).assignee == named


@pytest.mark.parametrize("said", ["rule:x", '"a b"', "a:b:c", "<!channel>:x"])
def test_a_name_that_is_nobodys(world: World, said: str) -> None:
    """Given no name of a person, when an incident is handed over, then that is refused."""
    with pytest.raises(Refused):
        world.say(f"incident 1 assign {said}", actor=ANNA)
    assert world.incidents.get(1).assignee == ""


def test_in_slack_nobody_is_named_barely(world: World) -> None:
    """Given somebody in Slack, when they hand over to a bare name, then they are told to mention the person."""
    request: Any = Request(
        text="incident 1 assign ben",
        actor=Actor(transport="slack", name="U1"),
        conversation=Conversation(transport="slack", channel="C1"),
    )
    with pytest.raises(NotUnderstood, match="mention"):
        world.converse.handle(request)
    world.converse.handle(replace(request, text="incident 1 assign slack:U2"))
    assert world.incidents.get(1).assignee == "slack:U2"


def test_a_mute_is_over_by_itself(world: World) -> None:
    """Given a mute, when its time is over, then nothing is muted, and it is listed no more."""
    world.say("alerts mute db for 1s because x", actor=LEA)
    later = datetime.now(UTC) + timedelta(seconds=2)
    assert world.incidents.mutes(later) == []
