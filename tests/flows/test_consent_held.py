"""What holds runs back meets runs that wait for people: at every yes, and when they get in line."""

from pathlib import Path

import pytest

from bot.chat import LetterKind
from bot.engine import Outcome, ScriptedEngine
from bot.errors import NotAllowed
from bot.model.people import Actor, Origin
from bot.model.run import Run
from bot.model.status import RunStatus
from tests.flows.world import ANNA, LAB, PLAYBOOK, World

LEA = Actor(transport="terminal", name="lea")
RULE = Actor(transport="rule", name="disk-full")
POLICY = """
roles:
  all: {members: ["terminal:*", "rule:*"], may: [{runbooks: ["*"], environments: [lab, live]}]}
  lead:
    members: ["terminal:lea"]
    may: [{runbooks: ["*"], environments: ["*"], approve: true, break_glass: true, promote: true}]
environments:
  lab: {brake: {failed: 2, automatic: 2, within: 10m}, max_concurrent: 3}
"""
RISKY = "safety: {requires_approval: true, automation: safe, %s}"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A lead approves; runbooks that want approvals, each with a concurrency of its own."""
    world = World(tmp_path / "project")
    world.write("signalbox.yml", POLICY)
    world.runbook("risky", RISKY % "timeout: 60")
    world.runbook("alone", RISKY % "concurrency: forbid")
    world.runbook("latest", RISKY % "concurrency: replace")
    return world


def status(world: World, run: Run) -> str:
    """What became of it."""
    return world.ledger.get(run.id).status.value


@pytest.mark.parametrize(
    ("hold", "release"),
    [
        ("lock lab because I look at it", "unlock lab"),
        ("freeze all because of the outage", "unfreeze all"),
    ],
)
def test_a_yes_meets_what_was_set_meanwhile(world: World, hold: str, release: str) -> None:
    """Given a run that waits, when its hosts are held back, then nobody can approve it, or break the glass."""
    run = world.waits("run risky on web1 in lab")
    world.say(hold, actor=LEA)
    for yes in (f"approve {run.id}", f"approve {run.id} --break-glass because it burns"):
        with pytest.raises(NotAllowed) as refused:
            world.say(yes, actor=LEA)
        assert refused.value.guards
    world.say(release, actor=LEA)
    world.say(f"approve {run.id}", actor=LEA)
    world.finish()
    assert status(world, run) == "successful"


def test_what_was_approved_meets_a_lock_on_the_worker(world: World) -> None:
    """Given a run that was approved, when its hosts are locked before it starts, then it ends as denied."""
    run = world.waits("run risky on web1 in lab")
    world.say(f"approve {run.id}", actor=LEA)
    world.say("lock web1 in lab because I look at it", actor=LEA)
    world.finish()
    assert status(world, run) == "denied"


def test_a_run_that_waits_for_people_keeps_no_host(world: World) -> None:
    """Given a run that waits for a yes, when others are asked for, then they go first, and it waits for them then."""
    run = world.waits("run risky on web1 in lab")
    first = world.run("run ping on web1 in lab")
    assert world.queue.ahead(first.id, first.plan) == {}
    world.say(f"approve {run.id}", actor=LEA)
    assert world.queue.ahead(run.id, run.plan) == {first.id: ("web1",)}
    relay = world.new_relay()
    world.turn(relay, times=12)
    relay.give_back()
    cards = [letter.card for letter in world.letters(LetterKind.CARD) if letter.card and letter.card.run_id == run.id]
    assert (cards[-1].view.status.value, cards[-1].waits) == ("queued", f"run {first.id} on web1")
    world.finish()
    assert (status(world, first), status(world, run)) == ("successful", "successful")


def test_what_was_approved_counts_before_a_relay_has_seen_it(world: World) -> None:
    """Given a run with its last yes, when another that may not be beside it is approved at once, then it is refused."""
    first, second = (world.waits("run alone on web1 in lab") for _ in range(2))
    world.say(f"approve {first.id}", actor=LEA)
    assert status(world, first) == "awaiting_approval"
    with pytest.raises(NotAllowed, match=f"may not run beside others, and run {first.id} is on web1"):
        world.say(f"approve {second.id}", actor=LEA)
    world.finish()
    world.say(f"approve {second.id}", actor=LEA)


@pytest.mark.parametrize("turns", [0, 1])
def test_a_run_replaces_others_when_it_is_approved(world: World, turns: int) -> None:
    """Given a runbook with `replace`, when a run of it waits for a yes, then the earlier one goes on until that."""
    old = world.waits("run latest on web1 in lab")
    world.say(f"approve {old.id}", actor=LEA)
    relay = world.new_relay()
    world.turn(relay, times=turns)
    relay.give_back()
    new = world.waits("run latest on web1 in lab")
    assert not world.queue.cancel_asked(old.id)
    world.say(f"approve {new.id}", actor=LEA)
    world.finish()
    assert (status(world, old), status(world, new)) == ("canceled", "successful")
    assert not world.queue.cancel_asked(new.id)


@pytest.mark.parametrize("promoted", [True, False])
def test_a_yes_looks_at_the_promotion_of_the_moment(world: World, *, promoted: bool) -> None:
    """Given a promoted run that waits for a yes, when it is demoted meanwhile, then it cannot be approved any more."""
    world.write("inventories/live/hosts.yml", LAB)
    world.write("playbooks/careful.yml", PLAYBOOK)
    world.runbook("careful", "safety: {requires_approval: true, scopes: [lab]}")
    world.say("promote careful to live because https://ci.example.org/7", actor=LEA)
    run = world.waits("run careful on web1 in live")
    if not promoted:
        world.say("demote careful in live because it did harm", actor=LEA)
        with pytest.raises(NotAllowed, match="It takes a promotion"):
            world.say(f"approve {run.id}", actor=LEA)
        return
    world.say(f"approve {run.id}", actor=LEA)
    world.finish()
    assert status(world, run) == "successful"


def test_a_brake_is_told_of_what_waits_and_of_what_was_approved(world: World) -> None:
    """Given rules whose runs wait for a yes, when there are too many, then the brake holds, and nobody can approve."""
    runs = [world.waits(f"run risky on {host} in lab", actor=RULE, origin=Origin.ALERT) for host in ("web1", "web2")]
    runs.append(world.waits("run risky on web3 in lab", actor=RULE, origin=Origin.ALERT))
    with pytest.raises(NotAllowed, match="Automation in lab is stopped"):
        world.say(f"approve {runs[0].id}", actor=LEA)
    world.say("release lab because they are known", actor=LEA)
    world.engine = ScriptedEngine(outcome=Outcome(status=RunStatus.FAILED, reason="It broke.", rc=2, final_counter=0))
    world.execute = world.worker()
    for run in runs:
        world.say(f"approve {run.id}", actor=LEA)
        world.finish()
    with pytest.raises(NotAllowed, match="3 runs ended badly"):
        world.say("run risky on web1 in lab", actor=RULE, origin=Origin.ALERT)
    world.waits("run risky on web1 in lab", actor=ANNA)
