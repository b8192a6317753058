"""Rehearsals and `--up`: one run in steps, each permitted anew; its end is evidence for a promotion."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import tests.hosting
from bot.engine import Outcome, ScriptedEngine
from bot.engine.door import Cancel, Sink
from bot.errors import NotAllowed, NotUnderstood, WrongState
from bot.flows.provide import Provide
from bot.hosting import ProcessHosting
from bot.model.command import Rehearsal
from bot.model.event import ENDED, STATUS, Result
from bot.model.people import Actor
from bot.model.run import Plan, Run
from bot.model.status import RunStatus
from bot.model.view import RunView, Step

from .test_inquire import texts
from .world import World, event

SCRIPT = Path(tests.hosting.__file__).with_name("logical_hosts.py")
BOB = Actor(transport="terminal", name="bob")
SCOPED = """\
safety:
  scopes: [lab]
"""


class Playing:
    """An engine whose playbook changes something the first `changes` times that it is no check; `bad` checks fail."""

    def __init__(self, changes: int = 1, *, bad_check: bool = False) -> None:
        self.plans: list[Plan] = []
        self._changes = changes
        self._bad_check = bad_check

    def carry_out(self, run_id: int, plan: Plan, secrets: Mapping[str, Any], sink: Sink, cancel: Cancel) -> Outcome:
        """One task on every host."""
        self.plans.append(plan)
        played = sum(not each.options.check for each in self.plans)
        changed = plan.options.check or played <= self._changes
        bad = plan.options.check and self._bad_check
        result = Result.FAILED if bad else Result.CHANGED if changed else Result.OK
        kind = "runner_on_failed" if bad else "runner_on_ok"
        events = [event("playbook_on_task_start", 0, task="Write")]
        events += [event(kind, 0, task="Write", host=host, result=result) for host in plan.target.hosts]
        stats = {host: {"ok": 1, "changed": int(changed)} for host in plan.target.hosts}
        events.append(event("playbook_on_stats", 0, data={"stats": stats}))
        status = RunStatus.FAILED if bad else RunStatus.SUCCESSFUL
        outcome = Outcome(status=status, reason="no such unit" if bad else "", rc=0, final_counter=0)
        return ScriptedEngine(events, outcome).carry_out(run_id, plan, secrets, sink, cancel)


def lab(world: World, engine: Playing) -> World:
    """A world whose lab is provided by commands that make files, and whose inventory names what there is."""
    made = world.root / "made"
    begin = [sys.executable, str(SCRIPT), str(made)]
    verbs = ("create", "list", "destroy", "snapshot", "restore")
    everything = {"runbooks": ["*"], "environments": ["lab", "local"], "promote": True}
    policy = {
        "roles": {
            "testers": {"members": ["terminal:anna"], "may": [everything]},
            "runners": {"members": ["terminal:bob"], "may": [{"runbooks": ["ping"], "environments": ["lab"]}]},
        },
        "environments": {"lab": {"provider": {verb: [*begin, verb] for verb in verbs}}},
    }
    world.write("signalbox.yml", json.dumps(policy))
    script = world.write(
        "inventories/lab/hosts.py",
        f"""\
        #!{sys.executable}
        import json, pathlib
        found = sorted(file.stem for file in pathlib.Path({str(made)!r}).glob("*.host"))
        shape = {{"hosts": found, "vars": {{"ansible_connection": "local"}}}}
        print(json.dumps({{"web": shape, "_meta": {{"hostvars": {{}}}}}}))
        """,
    )
    script.chmod(0o755)
    world.write("inventories/local/hosts.yml", "all: {hosts: {web1: }, vars: {ansible_connection: local}}\n")
    for file in script.parent.iterdir():
        if file != script:
            file.unlink()
    hosting = ProcessHosting(world.root, world.root)
    world.execute = world.worker(engine=Provide(engine=engine, hosting=hosting, policy=world.policy))
    return world


def through(world: World, run: Run) -> tuple[Run, RunView]:
    """The run when all is done, and how its recap looks."""
    world.finish()
    recap = [letter.card for letter in world.letters() if letter.card and letter.card.run_id == run.id][-1]
    return world.ledger.get(run.id), recap.view


def test_a_rehearsal_brings_up_checks_runs_and_runs_again(world: World) -> None:
    """Given nothing that is up, when a runbook is rehearsed, then its four steps are one run, on what came up."""
    lab(world, playing := Playing())
    done, view = through(world, world.run("rehearse ping on web in lab"))
    assert (done.status, done.reason, done.command) == (RunStatus.SUCCESSFUL, "", "rehearse ping on web in lab")
    assert [step.name for step in view.steps] == ["bring up", "check", "run", "run again"]
    assert {step.state for step in view.steps} == {"done"}
    assert view.steps[-1].note == "idempotent, nothing changed"
    assert [(each.options.check, each.target.hosts) for each in playing.plans] == [
        (True, ("web1", "web2")),
        (False, ("web1", "web2")),
        (False, ("web1", "web2")),
    ]
    events = world.ledger.events(done.id, after=0)
    assert [each.counter for each in events] == list(range(1, len(events) + 1))
    assert [each.kind for each in events].count(ENDED) == 1
    assert [each.data["status"] for each in events if each.kind == STATUS][:2] == ["starting", "running"]
    assert {each.host: (each.ok, each.changed) for each in view.outcomes} == {"web1": (1, 0), "web2": (1, 0)}


def test_what_changes_again_is_named(world: World) -> None:
    """Given a playbook that is not idempotent, when it is rehearsed, then its tasks that changed again are named."""
    lab(world, Playing(changes=2))
    _, view = through(world, world.run("rehearse ping in lab"))
    assert view.steps[-1] == Step(name="run again", state="done", note="not idempotent, it changed again: Write")


def test_a_check_that_fails_ends_it(world: World) -> None:
    """Given a check that fails, when it is rehearsed, then nothing is run, and the step is named."""
    lab(world, playing := Playing(bad_check=True))
    done, view = through(world, world.run("rehearse ping in lab --down"))
    assert (done.status, done.reason) == (RunStatus.FAILED, "check: no such unit")
    assert [step.state for step in view.steps] == ["done", "failed", "", "", ""]
    assert len(playing.plans) == 1
    assert (world.root / "made" / "web1.host").exists()


def test_from_a_snapshot_to_nothing(world: World) -> None:
    """Given a snapshot, when it is rehearsed from there with --down, then it is restored, and all is gone after."""
    lab(world, Playing())
    through(world, world.run("env up lab"))
    through(world, world.run("env snapshot save clean in lab"))
    done, view = through(world, world.run("rehearse ping in lab --restore clean --down"))
    assert done.status is RunStatus.SUCCESSFUL
    assert [step.name for step in view.steps] == ["restore clean", "check", "run", "run again", "destroy"]
    assert not list((world.root / "made").glob("*.host"))
    failed, _ = through(world, world.run("rehearse ping in lab --restore other"))
    assert failed.reason == "restore other: There is no snapshot other."


def test_a_run_brings_its_machines_up_first(world: World) -> None:
    """Given nothing that is up, when a run asks for it, then its machines come up before; without, it is refused."""
    lab(world, playing := Playing())
    done, view = through(world, world.run("run ping in lab --up"))
    assert (done.status, [step.name for step in view.steps]) == (RunStatus.SUCCESSFUL, ["bring up", "run"])
    assert [plan.options.up for plan in playing.plans] == [False]
    with pytest.raises(WrongState, match="Nothing brings local up"):
        world.say("run ping in local --up")


def test_a_rehearsal_is_evidence_for_exactly_that_content(world: World) -> None:
    """Given a rehearsed runbook, when it is promoted, then the rehearsal is the reason; changed since, it is none."""
    lab(world, Playing())
    world.runbook("scoped", SCOPED)
    done, _ = through(world, world.run("rehearse scoped in lab"))
    assert f"because rehearsal {done.id}" in texts(world.say(f"promote scoped to local because run {done.id}"))
    world.runbook("scoped", SCOPED + "description: another\n")
    with pytest.raises(WrongState, match="has changed since"):
        world.say(f"promote scoped to local because run {done.id}")


def test_who_may_not_bring_up_rehearses_nothing(world: World) -> None:
    """Given a role without `env:*`, when its member rehearses, then it is denied and nothing is queued."""
    lab(world, Playing())
    with pytest.raises(NotAllowed, match="env:up in lab"):
        world.say("rehearse ping in lab", actor=BOB)
    assert world.queue.depth() == 0


def test_nothing_protected_is_rehearsed_in(world: World) -> None:
    """Given a protected environment, when something is to be rehearsed there, then it is refused."""
    lab(world, Playing())
    policy = json.loads((world.root / "signalbox.yml").read_text())
    policy["environments"]["local"] = {"protected": True}
    world.write("signalbox.yml", json.dumps(policy))
    with pytest.raises(WrongState, match="local is protected"):
        world.say("rehearse ping in local")


def test_where_nobody_brings_machines_up_they_are_taken_as_they_are(world: World) -> None:
    """Given an environment without provider, when a runbook is rehearsed there, then three steps are left."""
    lab(world, Playing())
    _, view = through(world, world.run("rehearse ping in local"))
    assert [step.name for step in view.steps] == ["check", "run", "run again"]
    with pytest.raises(WrongState, match="Nothing brings local"):
        world.say("rehearse ping in local --down")


@pytest.mark.parametrize(
    "text",
    [
        "rehearse ping in lab --check",
        "rehearse ping in lab --canary 1",
        "rehearse ping in lab --restore -x",
        "run ping in lab --down",
        "run ping in lab --restore clean",
        "run ping in lab --up --batch 1",
        "rehearse ping in lab --up=1",
    ],
)
def test_options_that_make_no_sense_are_refused(world: World, text: str) -> None:
    """Given options of the one for the other, when they are said, then a sentence says what would be right."""
    with pytest.raises(NotUnderstood):
        world.say(text)


def test_what_is_said_is_what_is_stored(world: World) -> None:
    """Given a rehearsal with everything, when it is stored, then its command means the same again."""
    lab(world, Playing())
    run = world.run("rehearse ping on web in lab --restore clean --down --tags a -v")
    assert run.command == "rehearse ping on web in lab --tags a --restore clean --down -v"
    assert run.plan.options.rehearsal == Rehearsal(restore="clean", down=True)
    assert world.run(run.command).command == run.command
