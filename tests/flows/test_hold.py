"""Locks and freezes: who may set them, whom they stop, when they are over, and that all of it is on record."""

import time
from dataclasses import replace

import pytest

from bot.errors import NotAllowed, NotUnderstood, Refused, UnknownName, WrongState
from bot.model.people import Actor
from bot.model.status import RunStatus

from .test_execute import end_of
from .world import ANNA, NIGHT, World

BEN = Actor(transport="terminal", name="ben")
LEA = Actor(transport="terminal", name="lea")
EVE = Actor(transport="terminal", name="eve")
ROLES = """
roles:
  operator:
    members: ["terminal:anna", "terminal:ben"]
    may: [{runbooks: ["*"], environments: [lab]}]
  lead:
    members: ["terminal:lea", "rule:*", "schedule:*"]
    may: [{runbooks: ["*"], environments: ["*"], approve: true}]
  looker:
    members: ["terminal:eve"]
    may: [{runbooks: ["*"], environments: [lab], check: only}]
"""


@pytest.fixture(autouse=True)
def roles(world: World) -> None:
    """Two operators, a lead, and one who may only check."""
    world.write("signalbox.yml", ROLES)


def envs(world: World) -> str:
    """What `envs` shows."""
    return repr(world.told("envs"))


def test_a_lock_leaves_only_who_locked(world: World) -> None:
    """Given an environment that anna locked, when ben runs there he is told who, until when and why; anna runs."""
    told = repr(world.told("lock lab for 30m because the disks are swapped"))
    assert "lab is locked by terminal:anna until" in told
    with pytest.raises(
        NotAllowed, match=r"lab is locked by terminal:anna until \S+ \S+ \(UTC\), because the disks are swapped"
    ):
        world.say("run ping in lab", actor=BEN)
    assert "the disks are swapped" in envs(world)
    world.run("run ping in lab")
    world.finish()
    assert end_of(world)[0] == "successful"


def test_a_lock_of_hosts_leaves_the_others(world: World) -> None:
    """Given two locked hosts, when ben runs on others he may, and on one of the two he may not."""
    world.say("lock web1,web2 in lab because I look at them")
    world.run("run ping on web3,db in lab", actor=BEN)
    with pytest.raises(NotAllowed, match="web1, web2 in lab are locked by terminal:anna"):
        world.say("run ping on web in lab", actor=BEN)


def test_a_lock_that_is_over_stops_nobody(world: World) -> None:
    """Given a lock whose time is over, when ben asks, then he runs, and `envs` tells nothing of it."""
    world.say("lock lab for 1s because of a moment")
    world.stops.change(lambda stops: tuple(replace(stop, until=time.time() - 1) for stop in stops))
    world.run("run ping in lab", actor=BEN)
    assert "locked" not in envs(world)


def test_what_somebody_has_locked_nobody_else_locks(world: World) -> None:
    """Given anna's lock on a host, when ben locks what it is among, then he is told, and nothing has changed."""
    world.say("lock web1 in lab because I look at it")
    with pytest.raises(NotAllowed, match="web1 in lab is locked by terminal:anna"):
        world.say("lock lab because I want it too", actor=BEN)
    assert len(world.stops.now()) == 1


def test_a_lock_that_is_set_again_is_renewed(world: World) -> None:
    """Given anna's lock, when she locks the same again, then there is one, with the new reason."""
    world.say("lock lab because one")
    world.say("lock lab for 3h because two")
    (stop,) = world.stops.now()
    assert stop.reason == "two"
    assert stop.until == pytest.approx(time.time() + 3 * 3600, abs=60)


def test_one_takes_off_ones_own_and_a_lead_those_of_others(world: World) -> None:
    """Given locks of anna, when ben unlocks he may not, anna and a lead may, and then there is nothing to take off."""
    world.say("lock lab because one")
    with pytest.raises(NotAllowed, match="approve: true"):
        world.say("unlock lab", actor=BEN)
    assert "Taken off: lab is locked by terminal:anna" in repr(world.told("unlock lab because it is late", actor=LEA))
    world.say("lock web1 in lab because two")
    world.say("unlock web1 in lab")
    with pytest.raises(WrongState, match="No lock is on lab"):
        world.say("unlock lab")


@pytest.mark.parametrize("text", ["lock lab because I can", "freeze lab because I can", "freeze all because I can"])
def test_who_may_run_nothing_holds_nothing(world: World, text: str) -> None:
    """Given who may only check, a stranger, a rule and a schedule, when they lock or freeze, then they may not."""
    for actor in (EVE, Actor(transport="slack", name="U9"), Actor(transport="rule", name="r"), NIGHT):
        with pytest.raises(NotAllowed):
            world.say(text, actor=actor)
    assert world.stops.now() == ()


def test_only_who_reaches_everywhere_freezes_all(world: World) -> None:
    """Given an operator of one environment, when she freezes all, then she may not; a lead may."""
    with pytest.raises(NotAllowed, match="grants anything in every environment"):
        world.say("freeze all because of the outage")
    world.say("freeze all because of the outage", actor=LEA)
    with pytest.raises(NotAllowed, match="Everything is frozen by terminal:lea, because of the outage"):
        world.say("run ping in lab")


def test_a_freeze_stops_everybody(world: World) -> None:
    """Given a freeze that anna began, when she runs something herself, then she may not, until it is taken off."""
    world.say("freeze lab because we take a backup")
    with pytest.raises(NotAllowed, match="lab is frozen by terminal:anna, because we take a backup"):
        world.say("run ping in lab --check")
    with pytest.raises(NotAllowed, match="approve: true"):
        world.say("unfreeze lab", actor=BEN)
    world.say("unfreeze lab because it is done")
    world.run("run ping in lab")


def test_to_unfreeze_one_place_tells_of_the_freeze_of_all(world: World) -> None:
    """Given both freezes, when the one of the environment is taken off, then the answer tells of the other."""
    world.say("freeze all because of the outage", actor=LEA)
    world.say("freeze lab because of a backup")
    assert "Still: Everything is frozen by terminal:lea" in repr(world.told("unfreeze lab"))
    world.say("unfreeze all", actor=LEA)
    with pytest.raises(WrongState, match="Nobody has frozen all environments at once"):
        world.say("unfreeze all", actor=LEA)


@pytest.mark.parametrize(("text", "said"), [("freeze lab because x", "frozen"), ("lock lab because x", "locked")])
def test_a_run_that_waits_meets_what_was_set_meanwhile(world: World, text: str, said: str) -> None:
    """Given a run in the queue, when its place is frozen or locked by another, then it ends as denied, unstarted."""
    run = world.run("run ping in lab", actor=BEN)
    world.say(text)
    world.finish()
    status, reason = end_of(world, run.id)
    assert status == "denied"
    assert f"lab is {said} by terminal:anna" in reason
    assert world.ledger.get(run.id).status is RunStatus.DENIED
    assert world.engine.carried_out == []


def test_a_run_that_its_asker_locked_for_starts(world: World) -> None:
    """Given a run of anna's in the queue, when she locks the place, then her run is carried out."""
    run = world.run("run ping in lab")
    world.say("lock lab because it is mine")
    world.finish()
    assert end_of(world, run.id)[0] == "successful"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("lock lab for 8d because long", NotUnderstood),
        ("freeze lab for 31d because long", NotUnderstood),
        ("lock nowhere because x", UnknownName),
        ("lock lab", NotUnderstood),
        (f"lock lab because {'x' * 501}", NotUnderstood),
        ("lock nosuchhost in lab because x", Refused),
    ],
)
def test_what_cannot_be_held_is_refused(world: World, text: str, error: type[Refused]) -> None:
    """Given a time that is too long, a place that is not there, or no reason, when it is said, then it is refused."""
    with pytest.raises(error):
        world.say(text)
    assert world.stops.now() == ()


def test_all_of_it_is_on_record(world: World) -> None:
    """Given locks and freezes set, taken off and refused, when the audit is read, then each has its row, with why."""
    for text in ("lock web1 in lab because one", "unlock web1 in lab because two"):
        world.say(text)
    for text in ("freeze lab because three", "unfreeze lab"):
        world.say(text)
    with pytest.raises(NotAllowed):
        world.say("lock lab because four", actor=EVE)
    assert world.audit() == [
        ("lock", "locked", ""),
        ("unlock", "unlocked", ""),
        ("freeze", "frozen", ""),
        ("unfreeze", "unfrozen", ""),
        ("lock", "refused", "NotAllowed: roles"),
    ]
    rows = world.ledger.recorded()[::-1]
    assert rows[0].hosts == ("web1",)
    assert rows[1].reason.endswith("because one; two")
    assert {row.environment for row in rows} == {"lab"}
    assert {row.actor for row in rows} == {str(ANNA), str(EVE)}


def test_reasons_are_text_and_nothing_else(world: World) -> None:
    """Given a reason full of markup and templates, when it is shown, then it is in one line, as it was said."""
    hostile = "<!channel> {{ lookup('pipe', 'id') }} \"quoted\" `code`"
    world.say(f"lock lab because {hostile}\n  and more")
    (stop,) = world.stops.now()
    assert stop.reason == f"{hostile} and more"
