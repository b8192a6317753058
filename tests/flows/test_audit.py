"""What the audit keeps, what `audit` tells whom, and when old rows go."""

import pytest

from bot.errors import NotAllowed
from bot.flows.retain import AGAIN_SECONDS, EVERY_SECONDS, Retain
from bot.model.people import Actor

from .world import ANNA, World

BEN = Actor(transport="terminal", name="ben")
LEA = Actor(transport="terminal", name="lea")
ROLES = """
roles:
  operator:
    members: ["terminal:ben", "terminal:anna"]
    may: [{runbooks: [ping], environments: ["*"]}]
  lead:
    members: ["terminal:lea"]
    may: [{runbooks: ["*"], environments: ["*"]}]
"""


def told(world: World, text: str, actor: Actor = ANNA) -> str:
    """The answer's text."""
    return repr(world.told(text, actor=actor))


def test_a_run_that_asks_for_a_person_is_on_record(world: World) -> None:
    """Given a runbook that must be confirmed, when it is asked for, then one row says that it requires a person."""
    world.runbook("careful", "safety: {confirm: true}\n")
    run = world.waits("run careful on db in lab")
    (asked,) = world.ledger.recorded(run.id)
    assert (asked.action, asked.status, asked.environment) == ("careful", "requires_manual", "lab")
    assert asked.hosts == ("db1", "db2")
    assert "confirmed" in asked.reason


def test_what_a_guard_says_is_kept_and_what_was_typed_is_not(world: World) -> None:
    """Given a policy that denies, when somebody asks, then the guard's reason is on record without the text."""
    world.write("signalbox.yml", ROLES)
    with pytest.raises(NotAllowed):
        world.say("run restart service=nginx in lab", actor=BEN)
    (row,) = world.ledger.recorded()
    assert row.action == "restart"
    assert row.reason
    assert "nginx" not in repr(row)


def test_people_see_what_they_may_act_on(world: World) -> None:
    """Given two roles, when both ask for the audit, then each sees their own rows and those of their grants."""
    world.run("run restart service=nginx on db in lab")
    world.run("run ping on db in lab")
    world.write("signalbox.yml", ROLES)
    assert "restart" in told(world, "audit", LEA)
    seen = told(world, "audit", BEN)
    assert "ping" in seen
    assert "restart" not in seen
    assert "restart" in told(world, "audit")  # she asked for it herself


def test_the_audit_of_one_thing(world: World) -> None:
    """Given rows about several runs, when one run, person or environment is named, then only its rows are shown."""
    world.run("run ping on db in lab")
    world.run("run restart service=nginx on db in lab")
    assert "restart" not in told(world, "audit run 1")
    assert "ping" not in told(world, "audit run 2")
    assert "The audit has nothing of that for you." in told(world, "audit actor terminal:ben")
    assert "ping" in told(world, "audit actor terminal:anna environment lab")
    assert "ping" not in told(world, "audit last 1")


class _Ledger:
    def __init__(self, *events: int) -> None:
        self.left = list(events)
        self.asked = 0

    def prune_events(self, _before: object) -> int:
        self.asked += 1
        return self.left.pop(0) if self.left else 0

    def prune_audit(self, _before: object) -> int:
        raise AssertionError("0 days keep for good")


class _Leases:
    mine = True

    def take(self, _name: str) -> bool:
        return self.mine


def test_old_rows_go_a_batch_at_a_time() -> None:
    """Given two batches of old events, when the relay turns, then one goes a second, then it looks each minute."""
    ledger, leases = _Ledger(5000, 3), _Leases()
    retain = Retain(ledger=ledger, leases=leases, events_days=90, audit_days=0)  # type: ignore[arg-type]
    now = 1000.0
    for wait in (0.0, AGAIN_SECONDS, AGAIN_SECONDS, AGAIN_SECONDS, EVERY_SECONDS):
        now += wait
        retain.handle(now)
        retain.handle(now)
    assert ledger.asked == 4
    leases.mine = False
    retain.handle(now + 2 * EVERY_SECONDS)
    assert ledger.asked == 4


def test_nothing_goes_when_all_is_kept() -> None:
    """Given 0 days for both, when the relay turns, then nobody is asked."""
    retain = Retain(ledger=_Ledger(), leases=_Leases(), events_days=0, audit_days=0)  # type: ignore[arg-type]
    retain.handle(1.0)
    assert retain.ledger.asked == 0  # type: ignore[attr-defined]
