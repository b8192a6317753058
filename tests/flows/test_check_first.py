"""A check goes before the approval: its own run, shown on the card, and nobody can approve before it was successful."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat import LetterKind
from bot.engine import ScriptedEngine
from bot.engine.door import Outcome
from bot.errors import NotAllowed, WrongState
from bot.model.event import Result
from bot.model.request import Consent
from bot.model.run import Run
from bot.model.status import RunStatus
from tests.flows.test_consent import LEA, ROLES
from tests.flows.world import World, event

DIFF = event("runner_on_ok", 1, host="web1", task="Write it", result=Result.CHANGED, diff="-old\n+new")
SAFETY = "safety: {requires_approval: true, check_first: true, scopes: [lab]}"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A runbook whose check goes first, and would change something."""
    world = World(tmp_path / "project", ScriptedEngine([DIFF]))
    world.write("signalbox.yml", ROLES)
    world.runbook("risky", SAFETY)
    return world


def asked(world: World) -> tuple[Run, Run]:
    """The run that waits, and its check."""
    run = world.waits("run risky on web1 in lab")
    pending = world.ledger.consent(run.id)
    assert pending is not None
    assert pending.check_run is not None
    return run, world.ledger.get(pending.check_run)


def test_the_check_is_a_run_of_the_same_plan(world: World) -> None:
    """Given a runbook that is checked first, when it is asked for, then a check of the same plan is queued at once."""
    run, check = asked(world)
    assert check.plan == replace(run.plan, options=replace(run.plan.options, check=True, diff=True))
    assert check.command == "run risky on web1 in lab --check --diff"
    assert world.queue.depth() == 1
    assert world.audit() == [("risky", "accepted", ""), ("risky", "requires_manual", "")]


def test_nobody_approves_before_the_check_was_successful(world: World) -> None:
    """Given a check under way, when somebody approves, then not yet; when it has ended well, then it counts."""
    run, check = asked(world)
    with pytest.raises(WrongState, match=f"Its check, run {check.id}, is queued"):
        world.say(f"approve {run.id}", actor=LEA)
    world.finish()
    assert world.ledger.get(check.id).status is RunStatus.SUCCESSFUL
    world.say(f"approve {run.id}", actor=LEA)
    world.finish()
    assert world.ledger.get(run.id).status is RunStatus.SUCCESSFUL


def test_what_it_would_change_is_on_the_card(world: World) -> None:
    """Given a check that has ended, when the card of the run that waits is shown again, then the diff is on it."""
    run, check = asked(world)
    relay = world.new_relay()
    world.turn(relay, times=4)
    world.work()
    world.turn(relay, times=8)
    (waiting,) = [each.card.waiting for each in world.letters(LetterKind.CARD) if each.card and each.card.waiting]
    assert waiting.check == f"run {check.id} is successful"
    assert waiting.diff == "web1, Write it:\n-old\n+new"
    assert waiting.last_runs == ()
    assert world.ledger.get(run.id).status is RunStatus.AWAITING_APPROVAL


def test_a_failed_check_is_no_ground_for_a_yes(world: World) -> None:
    """Given a check that failed, when somebody approves, then it is refused; a no is taken."""
    failed = Outcome(status=RunStatus.FAILED, reason="1 of 1 host failed.", rc=2, final_counter=0)
    world.execute = world.worker(engine=ScriptedEngine([], failed))
    run, check = asked(world)
    world.finish()
    with pytest.raises(WrongState, match=f"Its check, run {check.id}, is failed"):
        world.say(f"approve {run.id}", actor=LEA)
    world.say(f"deny {run.id} because of its check", actor=LEA)


def test_a_check_asks_for_no_check(world: World) -> None:
    """Given such a runbook, when its check is asked for by somebody, then that waits too, without another."""
    run = world.waits("run risky on web1 in lab --check")
    pending = world.ledger.consent(run.id)
    assert pending is not None
    assert pending.check_run is None


def test_what_denies_the_check_denies_the_run(world: World) -> None:
    """Given a place where nothing may run, when the runbook is asked for, then neither it nor its check is stored."""
    world.write("inventories/other/hosts.yml", "all: {hosts: {o1: {}}}")
    with pytest.raises(NotAllowed):
        world.say("run risky in other")
    assert world.ledger.find() == []


def test_being_the_check_is_no_way_around_approvals(world: World) -> None:
    """Given an envelope that claims to be a check that goes first and is none, when a worker has it, it is denied."""
    world.runbook("risky", SAFETY.replace("check_first: true", "check_first: false"))
    run = world.waits("run risky on web1 in lab")
    envelope = world.queue.envelope(run.id)
    assert envelope is not None
    assert envelope.asked is not None
    world.queue.submit(replace(envelope, asked=replace(envelope.asked, consent=Consent(check_first=True))))
    world.work()
    assert world.stream.read(run.id, 0)[-1].data["status"] == "denied"
