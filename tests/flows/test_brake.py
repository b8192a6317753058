"""The brake: when too much goes wrong rules have to stop, people go on, and a person lets rules go on."""

import pytest

from bot.engine import ScriptedEngine
from bot.engine.door import Outcome
from bot.errors import NotAllowed, WrongState
from bot.model.people import Actor, Origin
from bot.model.run import Run
from bot.model.status import RunStatus

from .test_execute import end_of
from .world import World

RULE = Actor(transport="rule", name="disk")
POLICY = """
roles:
  all:
    members: ["terminal:*", "rule:*"]
    may: [{runbooks: ["*"], environments: [lab]}]
environments:
  lab:
    brake: {failed: 2, automatic: 3, within: 10m}
"""


@pytest.fixture(autouse=True)
def policy(world: World) -> None:
    """A brake, and a runbook that rules may start."""
    world.write("signalbox.yml", POLICY)
    world.runbook("safe", "safety: {automation: safe}")


def fail(world: World, times: int) -> None:
    """Runs that end badly."""
    world.engine = ScriptedEngine(outcome=Outcome(status=RunStatus.FAILED, reason="It broke.", rc=2, final_counter=0))
    world.execute = world.worker()
    for _ in range(times):
        world.run("run ping on web1 in lab")
        world.finish()


def ruled(world: World, host: str = "web1") -> Run:
    """A run that a rule starts."""
    return world.run(f"run safe on {host} in lab", actor=RULE, origin=Origin.ALERT)


def test_too_many_failures_stop_rules_and_nobody_else(world: World) -> None:
    """Given a brake at more than two, when a third run fails, then rules may start nothing more, and people may."""
    fail(world, 2)
    ruled(world)
    fail(world, 1)
    with pytest.raises(NotAllowed, match=r"Automation in lab is stopped since .*: \d runs ended badly within 10 min"):
        ruled(world)
    world.run("run ping on web1 in lab")
    assert "Automation in lab is stopped" in repr(world.told("envs"))


def test_too_many_runs_by_rules_stop_rules(world: World) -> None:
    """Given a brake at more than three, when rules have started a fourth run, then a fifth one is refused."""
    for host in ("web1", "web2", "web3", "db1"):
        ruled(world, host)
    with pytest.raises(NotAllowed, match="4 runs were started within 10 min that no person asked for"):
        ruled(world, "db2")


def test_what_a_rule_has_queued_meets_the_brake(world: World) -> None:
    """Given a run of a rule that waits, when the brake is set meanwhile, then it ends as denied."""
    world.run("run ping on web1 in lab")
    run = ruled(world)
    world.brakes._set("lab", "5 runs ended badly within 10 min")
    world.finish()
    status, reason = end_of(world, run.id)
    assert status == "denied"
    assert "Automation in lab is stopped" in reason


def test_a_person_releases_it_and_the_counting_begins_anew(world: World) -> None:
    """Given a brake that is set, when a person releases it, then rules may go on, until as much goes wrong again."""
    fail(world, 3)
    with pytest.raises(NotAllowed, match="Only a person"):
        world.say("release lab because I am a rule", actor=RULE, origin=Origin.ALERT)
    world.say("release lab because the cause is mended")
    ruled(world)
    fail(world, 2)
    assert [row for row in world.audit() if row[1] in {"braked", "released"}] == [
        ("brake", "braked", ""),
        ("release", "released", ""),
        ("brake", "braked", ""),
    ]


def test_there_is_nothing_to_release_without_a_brake(world: World) -> None:
    """Given no brake that is set, when somebody releases it, then they are told so."""
    with pytest.raises(WrongState, match="Automation in lab is not stopped"):
        world.say("release lab because of nothing")


def test_it_is_set_once(world: World) -> None:
    """Given failures that go on, when each is counted, then one row tells of the brake, by the bot itself."""
    fail(world, 5)
    rows = [row for row in world.ledger.recorded(last=1000) if row.status == "braked"]
    assert [(row.actor, row.environment) for row in rows] == [("signalbox:brake", "lab")]
    assert len(world.stops.now()) == 1


def test_without_a_brake_nothing_is_counted(world: World) -> None:
    """Given a policy without a brake, when runs fail, then no brake is set."""
    world.write("signalbox.yml", POLICY[: POLICY.index("environments:\n")])
    fail(world, 4)
    assert world.stops.now() == ()
