"""On a worker: a run is carried out once, as it was shown, or its stream says why not; its envelope is always gone."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.engine import Cancel, Outcome, ScriptedEngine, Sink
from bot.errors import CouldNotRun
from bot.flows.close import close_stream
from bot.model.event import ENDED, STATUS, RunEvent
from bot.model.run import Plan
from bot.model.status import RunStatus
from bot.queue import Envelope
from bot.stream import MemoryStream

from .world import World, event


def end_of(world: World, run_id: int = 1) -> tuple[str, str]:
    """Status and reason that the run's stream ends with; exactly one event says so, and it is the last."""
    events = world.stream.read(run_id, 0)
    assert [one.kind for one in events].count(ENDED) == 1
    assert events[-1].kind == ENDED
    assert events[-1].data["final_counter"] == events[-1].counter
    assert [one.counter for one in events] == list(range(1, len(events) + 1))
    return events[-1].data["status"], events[-1].data["reason"]


def test_a_plan_is_carried_out_as_it_was_queued(world: World) -> None:
    """Given a queued run, when a worker takes it, then the engine gets its plan, and the stream everything it tells."""
    run = world.run("run ping on web")
    world.work()
    assert world.engine.carried_out == [(run.id, run.plan)]
    assert end_of(world) == ("successful", "")
    assert [one.data["status"] for one in world.stream.read(1, 0) if one.kind == STATUS] == ["starting", "running"]
    assert world.queue.envelope(1) is None
    assert not world.queue.alive(1)


class Looking(ScriptedEngine):
    """An engine that looks around while it carries out a run."""

    def __init__(self, look: Callable[[Mapping[str, Any]], object]) -> None:
        super().__init__()
        self._look = look
        self.seen: list[object] = []

    def carry_out(self, run_id: int, plan: Plan, secrets: Mapping[str, Any], sink: Sink, cancel: Cancel) -> Outcome:
        """As the scripted one."""
        self.seen.append(self._look(secrets))
        return super().carry_out(run_id, plan, secrets, sink, cancel)


def test_secrets_reach_the_engine_and_nothing_else(world: World) -> None:
    """Given a run with a secret, when it is carried out, then the engine has the value, the stream never."""
    engine = Looking(dict)
    world.execute = world.worker(engine=engine)
    world.run("run token app=mail in lab", secrets={"token": "s3cret-4711", "pin": ""})
    world.work()
    assert engine.seen == [{"token": "s3cret-4711"}]
    assert "s3cret" not in repr(world.stream.read(1, 0))


def test_a_sign_of_life_is_there_while_the_run_goes_on(world: World) -> None:
    """Given a run under way, when its sign of life is looked for, then it is there, and gone when the run is over."""
    engine = Looking(lambda _: world.queue.alive(1))
    world.execute = world.worker(engine=engine)
    world.run("run ping")
    world.work()
    assert engine.seen == [True]
    assert not world.queue.alive(1)


def test_a_run_that_ends_for_its_workers_sake_says_so(world: World) -> None:
    """Given a run under way, when its worker waits no longer, then it is canceled, and the reason tells."""
    engine = Looking(lambda _: world.queue.ask_cancel(1, "Its worker was told to stop."))
    world.execute = world.worker(engine=engine)
    world.run("run ping")
    world.work()
    assert end_of(world) == ("canceled", "Its worker was told to stop.")


def test_a_run_is_carried_out_once(world: World) -> None:
    """Given a run that a worker has had, when its job comes again, then nothing happens a second time."""
    world.run("run ping")
    world.work()
    world.execute.handle(1)
    assert len(world.engine.carried_out) == 1
    assert end_of(world) == ("successful", "")


def test_a_run_that_one_has_started_who_seemed_dead_is_left_to_it(world: World) -> None:
    """Given a run that was given back while its worker went on after all, when another has it, then it does nothing."""
    run = world.run("run ping")
    world.stream.append([event(STATUS, 1, run.id, data={"status": "starting"})])
    world.work()
    assert world.engine.carried_out == []
    assert world.stream.last_counter(run.id) == 1
    assert world.queue.envelope(run.id) is not None


def test_a_second_worker_leaves_the_first_its_envelope(world: World) -> None:
    """Given a run that another worker is at, when its job comes again, then its envelope stays."""
    run = world.run("run ping")
    world.queue.claim(run.id)
    with world.queue.living(run.id):
        world.execute.handle(run.id)
        assert world.queue.envelope(run.id) is not None
    assert world.engine.carried_out == []
    assert world.stream.last_counter(run.id) == 0


def test_an_envelope_that_came_too_late_is_destroyed(world: World) -> None:
    """Given a run that was taken out before its envelope came, when its job comes, then the envelope is gone."""
    run = world.run("run token app=mail in lab", secrets={"token": "x", "pin": ""})
    world.queue.withdraw(run.id)
    close_stream(world.stream, run.id, RunStatus.CANCELED, "Somebody canceled it.")
    world.queue.submit(Envelope(run_id=run.id, plan=run.plan, secrets={"token": "x"}))
    world.work()
    assert world.queue.envelope(run.id) is None
    assert world.engine.carried_out == []


def test_a_run_of_other_workers_is_refused_with_the_reason(world: World) -> None:
    """Given a run in a queue its environment is not bound to here, when a worker has it, then it does not run."""
    world.run("run ping in lab")
    world.write("signalbox.yml", "environments: {lab: {queue: dc1}}\n")
    world.execute = world.worker(queues=("prod", "dc2"))
    world.work()
    status, reason = end_of(world)
    assert status == "error"
    assert reason.startswith("Runs in lab are for workers of the queue dc1; this one has prod, dc2. Nothing was run.")
    assert world.engine.carried_out == []


def test_a_run_without_its_envelope_says_so(world: World) -> None:
    """Given a run whose envelope is gone, when a worker takes it, then it ends as an error that offers `rerun`."""
    world.run("run ping")
    world.queue._envelopes.clear()
    world.work()
    assert end_of(world) == ("error", "What was to be run is no longer in Redis. Ask again: `rerun 1`.")


def test_a_run_that_was_canceled_does_not_start(world: World) -> None:
    """Given a cancel right before a worker takes the run, when it does, then the engine never sees it."""
    world.run("run ping")
    world.queue.ask_cancel(1)
    world.work()
    assert end_of(world)[0] == "canceled"
    assert world.engine.carried_out == []
    assert world.queue.envelope(1) is None


ALL = "all: {children: {web: {hosts: {web1: {}, web2: {}, web3: {}}}, db: {hosts: {db1: {}, db2: {}}}}}\n"


@pytest.mark.parametrize(
    ("inventory", "told"),
    [
        ("all: {hosts: {web1: {}, web2: {}}}\n", "gone web3, db1, db2"),
        (ALL.replace("db2: {}", "db2: {}, db3: {}"), "new db3"),
        (ALL.replace("web3", "web4"), "gone web3; new web4"),
        (ALL.replace("web1: {}, web2: {}", "web2: {}, web1: {}"), "another order of hosts"),
        (ALL.replace("web1: {}", "web1: {ansible_host: 192.0.2.1}"), "a host is reached in another way"),
        (ALL.replace("web1: {}", "web1: {ansible_connection: local}"), "a host is reached in another way"),
    ],
)
def test_a_changed_inventory_stops_the_run(world: World, inventory: str, told: str) -> None:
    """Given hosts that changed after they were shown, when a worker takes the run, then nothing runs; it says so."""
    world.run("run ping")
    world.write("inventories/lab/hosts.yml", inventory)
    world.work()
    status, reason = end_of(world)
    assert status == "error"
    assert reason.startswith("The inventory has changed since this was asked: ")
    assert told in reason
    assert "Nothing was run" in reason
    assert world.engine.carried_out == []
    assert world.queue.envelope(1) is None


def test_a_change_elsewhere_in_the_inventory_is_no_matter(world: World) -> None:
    """Given a run on some hosts, when others change, then it is carried out."""
    world.run("run ping on web")
    world.write("inventories/lab/hosts.yml", ALL.replace("db2: {}", "db3: {}"))
    world.work()
    assert end_of(world) == ("successful", "")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("playbooks/site.yml", "- hosts: web\n  tasks: []\n", "ping has changed since this was asked."),
        ("playbooks/ping.runbook.yml", "id: ping\nsummary: x\nplaybook: site.yml\n", "ping has changed"),
        ("playbooks/ping.runbook.yml", "id: [", "has changed since this was asked: "),
        ("inventories/lab/hosts.yml", "all: {hosts: {web1: {}}}\n", "has changed since this was asked: "),
        ("inventories/lab/hosts.yml", "all: [", "inventories/lab"),
    ],
    ids=["playbook", "runbook", "broken runbook", "no host left", "broken inventory"],
)
def test_a_changed_project_stops_the_run(world: World, name: str, text: str, told: str) -> None:
    """Given a playbook, runbook or inventory that changed, when a worker takes the run, then nothing runs."""
    world.run("run ping on db")
    world.write(name, text)
    world.work()
    status, reason = end_of(world)
    assert status == "error"
    assert told in reason
    assert world.engine.carried_out == []


SURROUNDINGS = [
    ("ansible.cfg", "[defaults]\nforks = 3\n", "another ansible.cfg"),
    ("playbooks/library/mine.py", "x = 1\n", "other plugins or modules"),
    ("inventories/lab/host_vars/db1.yml", "a: 1\n", "other group_vars or host_vars"),
    ("collections/ansible_collections/a/b/galaxy.yml", "version: 1.0.0\n", "other collections"),
]


@pytest.mark.parametrize(("name", "text", "told"), SURROUNDINGS)
def test_a_worker_with_other_surroundings_refuses_the_run(world: World, name: str, text: str, told: str) -> None:
    """Given a file that no playbook names, when the worker has another one, then nothing runs; its kind is told."""
    world.write(name, f"# before\n{text}")
    world.run("run ping on db")
    world.write(name, text)
    world.work()
    remedy = "Nothing was run. Bring the same revision of the project to every machine, and ask again."
    assert end_of(world) == ("error", f"The project has changed since this was asked: {told}. {remedy}")
    assert world.engine.carried_out == []


def test_all_kinds_that_differ_are_told(world: World) -> None:
    """Given a worker that lacks two kinds of files, when it takes the run, then both are told."""
    world.run("run ping on db")
    for name, text, _ in SURROUNDINGS[:2]:
        world.write(name, text)
    world.work()
    assert "since this was asked: another ansible.cfg, other plugins or modules. Nothing" in end_of(world)[1]


def test_variables_of_another_environment_are_no_matter(world: World) -> None:
    """Given a run in one environment, when the variables of another change, then it is carried out."""
    world.run("run ping on db")
    world.write("inventories/other/group_vars/all.yml", "a: 1\n")
    world.work()
    assert end_of(world) == ("successful", "")


def test_a_plan_of_an_older_version_tells_of_no_surroundings(world: World) -> None:
    """Given a plan that was queued before surroundings were compared, when a worker has it, then it is carried out."""
    run = world.run("run ping on db")
    envelope = world.queue.envelope(run.id)
    assert envelope is not None
    older = replace(envelope.plan, revision=replace(envelope.plan.revision, around=None))
    world.queue._envelopes[run.id] = replace(envelope, plan=older)
    world.write("ansible.cfg", "[defaults]\nforks = 3\n")
    world.work()
    assert end_of(world) == ("successful", "")


def test_a_removed_environment_stops_the_run(world: World) -> None:
    """Given an environment that is gone, when a worker takes the run, then the reason says that it has changed."""
    world.run("run ping")
    (world.root / "inventories/lab/hosts.yml").unlink()
    (world.root / "inventories/lab").rmdir()
    world.work()
    assert "has changed since this was asked: There is no environment lab" in end_of(world)[1]


def committed(world: World, name: str) -> str:
    """All of the project in Git, by a commit of that name; how it begins."""
    quiet = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for arguments in (["init"], ["add", "."], ["commit", "-m", name]):
        subprocess.run([*git, *arguments], cwd=world.root, check=True, capture_output=True, env=quiet)
    asked = ["git", "rev-parse", "HEAD"]
    return subprocess.run(asked, cwd=world.root, check=True, capture_output=True, text=True, env=quiet).stdout[:7]


def test_a_commit_in_between_is_no_matter_when_the_files_are_the_same(world: World) -> None:
    """Given a project in Git, when something else is committed before the run starts, then it is carried out."""
    committed(world, "one")
    run = world.run("run ping")
    assert run.plan.revision.commit
    world.write("notes.txt", "x")
    committed(world, "two")
    world.work()
    assert end_of(world) == ("successful", "")


@pytest.mark.parametrize("name", ["playbooks/site.yml", "ansible.cfg"])
def test_the_reason_tells_both_commits(world: World, name: str) -> None:
    """Given a worker with another commit, when what is compared differs, then the reason names its and the asker's."""
    then = committed(world, "one")
    world.run("run ping")
    world.write(name, "# another\n")
    now = committed(world, "two")
    world.work()
    assert f"since this was asked{':' if name == 'ansible.cfg' else '.'}" in end_of(world)[1]
    assert f"It was asked at commit {then}, here is {now}. Nothing was run." in end_of(world)[1]


class Failing(ScriptedEngine):
    """An engine that breaks its promise never to raise, after some events."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self._error = error

    def carry_out(self, run_id: int, plan: Plan, secrets: Mapping[str, Any], sink: Sink, cancel: Cancel) -> Outcome:
        """Report two events, then raise."""
        del plan, secrets, cancel
        sink(
            [
                event(STATUS, 1, run_id, data={"status": "starting"}),
                event(STATUS, 2, run_id, data={"status": "running"}),
            ]
        )
        raise self._error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("s3cret of the inside"), "Signalbox failed itself (ValueError)."),
        (CouldNotRun("The key is gone.", "Give it back."), "The key is gone. Give it back."),
    ],
    ids=["unexpected", "ours"],
)
def test_an_engine_that_raises_ends_the_run_all_the_same(world: World, error: Exception, reason: str) -> None:
    """Given an engine that raises in the middle, when it does, then the run ends behind its events, with a sentence."""
    world.execute = world.worker(engine=Failing(error))
    world.run("run ping")
    world.work()
    assert end_of(world) == ("error", reason)
    assert world.stream.last_counter(1) == 3
    assert world.queue.envelope(1) is None
    world.finish()
    assert world.ledger.get(1).reason == reason


def test_a_worker_that_is_stopped_leaves_no_secret(world: World) -> None:
    """Given a worker that is told to stop at once, when it unwinds, then the envelope is gone; the run will be lost."""
    world.execute = world.worker(engine=Failing(SystemExit(1)))
    world.run("run token app=mail in lab", secrets={"token": "x", "pin": ""})
    with pytest.raises(SystemExit):
        world.work()
    assert world.queue.envelope(1) is None
    assert not world.queue.alive(1)
    world.turn(world.new_relay(), times=20)
    assert world.ledger.get(1).status == "lost"


class Deaf(MemoryStream):
    """A stream that takes nothing."""

    def append(self, events: Sequence[RunEvent]) -> None:
        """Raise."""
        raise ConnectionError(len(events))


def test_an_envelope_goes_even_when_the_end_can_not_be_told(world: World) -> None:
    """Given a stream that takes nothing, when the run can't be carried out either, then the envelope is gone."""
    world.execute = world.worker(engine=Failing(ValueError()), stream=Deaf())
    world.run("run ping")
    with pytest.raises(ConnectionError):
        world.work()
    assert world.queue.envelope(1) is None


def test_warming_up_reads_the_project(world: World) -> None:
    """Given a worker before its first run, when it warms up, then nothing is carried out and nothing raised."""
    world.execute.warm_up()
    world.write("playbooks/ping.runbook.yml", "id: [")
    world.execute.warm_up()
    assert world.engine.carried_out == []
