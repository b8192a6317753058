"""A test environment comes up and goes down as a run: on the same road, under the same guards, on real commands."""

import json
import sys
from pathlib import Path

import pytest

import tests.hosting
from bot.errors import NotAllowed, WrongState
from bot.flows.execute import Execute
from bot.flows.provide import Provide
from bot.hosting import ProcessHosting
from bot.model.people import Actor
from bot.model.reply import Reply

from .world import World

SCRIPT = Path(tests.hosting.__file__).with_name("logical_hosts.py")
BOB = Actor(transport="terminal", name="bob")


@pytest.fixture
def lab(world: World) -> World:
    """A world whose lab is provided by commands that make files."""
    begin = [sys.executable, str(SCRIPT), str(world.root / "made")]
    said = {verb: [*begin, verb] for verb in ("create", "list", "destroy")}
    policy = {
        "roles": {
            "testers": {"members": ["terminal:anna"], "may": [{"runbooks": ["env:*"], "environments": ["lab"]}]},
            "runners": {"members": ["terminal:bob"], "may": [{"runbooks": ["ping"], "environments": ["lab"]}]},
        },
        "environments": {"lab": {"provider": said}},
    }
    world.write("signalbox.yml", json.dumps(policy))
    world.execute = worker(world)
    return world


def worker(world: World) -> Execute:
    """A worker that carries out real commands."""
    hosting = ProcessHosting(world.root, world.root)
    return world.worker(engine=Provide(engine=world.engine, hosting=hosting, policy=world.policy))


def made(world: World) -> set[str]:
    """The machines that are there."""
    return {file.stem for file in (world.root / "made").glob("*.host")}


def test_machines_come_up_as_a_run(lab: World) -> None:
    """Given nothing, when two come up, then the run ends well, tells of each, and can be looked at like any other."""
    run = lab.run("env up lab web1 web2")
    assert run.command == "env up lab web1 web2"
    lab.finish()
    done = lab.ledger.get(run.id)
    assert (done.status.value, done.reason) == ("successful", "")
    assert made(lab) == {"web1", "web2"}
    assert {each.host: each.ok for each in lab.ledger.outcomes(run.id)} == {"web1": 1, "web2": 1}
    assert isinstance(lab.say(f"log {run.id}"), Reply)


def test_a_machine_that_does_not_come_up(lab: World) -> None:
    """Given a machine that is broken, when it comes up, then the run fails and names it, and retry takes that one."""
    lab.write("made/web2.host", "broken")
    run = lab.run("env up lab web1 web2")
    lab.finish()
    assert (lab.ledger.get(run.id).status.value, lab.ledger.get(run.id).reason) == ("failed", "web2 is not running.")
    assert lab.run(f"retry {run.id}").plan.target.hosts == ("web2",)


def test_taking_down_is_confirmed_first(lab: World) -> None:
    """Given machines, when they are to go, then nothing goes before the asker confirms it, and then they do."""
    lab.run("env up lab web1 web2")
    lab.finish()
    run = lab.waits("env destroy lab web1")
    assert run.command == "env down lab web1"
    lab.finish()
    assert made(lab) == {"web1", "web2"}
    lab.say(f"confirm {run.id}")
    lab.finish()
    assert lab.ledger.get(run.id).status.value == "successful"
    assert made(lab) == {"web2"}


def test_who_may_run_a_runbook_there_may_not_bring_it_down(lab: World) -> None:
    """Given a role without `env:*`, when its member asks for it, then it is denied and audited; nothing is queued."""
    with pytest.raises(NotAllowed, match="env:down in lab"):
        lab.say("env down lab", actor=BOB)
    assert lab.queue.depth() == 0
    assert ("env:down", "refused") in {(action, status) for action, status, _ in lab.audit()}


def test_a_lock_holds_it_back(lab: World) -> None:
    """Given a freeze, when machines are to come up, then it says no."""
    policy = (lab.root / "signalbox.yml").read_text()
    lab.write("signalbox.yml", policy.replace('"environments": ["lab"]', '"environments": ["lab"], "approve": true', 1))
    lab.say("freeze lab because we look at it")
    with pytest.raises(NotAllowed, match="look at it"):
        lab.say("env up lab web1")


def test_an_environment_without_provider(lab: World) -> None:
    """Given no provider, or a protected environment, when it is asked for, then a sentence says that nobody does it."""
    lab.write("signalbox.yml", "roles: {all: {members: ['terminal:*'], may: [{runbooks: ['*'], environments: ['*']}]}}")
    with pytest.raises(WrongState, match="Nothing brings lab up"):
        lab.say("env up lab")


def test_another_provider_since_it_was_asked(lab: World) -> None:
    """Given a queued run, when the provider's commands are others by then, then nothing is carried out."""
    run = lab.run("env up lab web1")
    lab.write("signalbox.yml", (lab.root / "signalbox.yml").read_text().replace('"create"]', '"create", "web9"]'))
    lab.finish()
    assert lab.ledger.get(run.id).status.value == "error"
    assert not made(lab)


def test_an_environment_bears_so_many_hosts_at_once(world: World) -> None:
    """Given an environment with forks of its own, when runs go there, then with these or the command's."""
    everybody = {"members": ["terminal:*"], "may": [{"runbooks": ["*"], "environments": ["*"]}]}
    policy = {"roles": {"everybody": everybody}, "environments": {"lab": {"forks": 7}}}
    world.write("signalbox.yml", json.dumps(policy))
    world.execute = worker(world)
    world.run("run ping in lab")
    world.run("run ping in lab --forks 3")
    world.work()
    assert [plan.options.forks for _, plan in world.engine.carried_out] == [7, 3]
    assert world.ledger.get(1).plan.options.forks is None
