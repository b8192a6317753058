"""Runs in waves: one number, one card, one end; a person or the share of failures decides whether they go on."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.engine import Outcome, ScriptedEngine
from bot.engine.door import Cancel, Sink
from bot.errors import NotAllowed, WrongState
from bot.flows.waves import InWaves
from bot.model.event import ENDED, STATUS, WAVE, Result
from bot.model.people import Actor
from bot.model.run import Plan, Run
from bot.model.status import RunStatus
from bot.model.view import Wave

from .test_inquire import texts
from .world import NIGHT, World, event, story

NOBODY = "No play of the playbook matches any of the hosts."
BEN = Actor(transport="terminal", name="ben")


class Hosts:
    """An engine on which the hosts in `bad` fail; `plans` are those of the waves; `during` is called in each.

    `elsewhere` are hosts that no play of the playbook means.
    """

    def __init__(
        self, *bad: str, during: Callable[[int], None] = lambda _wave: None, elsewhere: tuple[str, ...] = ()
    ) -> None:
        self.plans: list[Plan] = []
        self._elsewhere = elsewhere
        self._bad = bad
        self._during = during

    def carry_out(self, run_id: int, plan: Plan, secrets: Mapping[str, Any], sink: Sink, cancel: Cancel) -> Outcome:
        """One task on every host, and Ansible's statistics."""
        self.plans.append(plan)
        self._during(len(self.plans))
        meant = [host for host in plan.target.hosts if host not in self._elsewhere]
        bad = [host for host in meant if host in self._bad]
        events = [event("playbook_on_play_start", 0, play="all"), event("playbook_on_task_start", 0, task="Ping")]
        for host in meant:
            result = Result.FAILED if host in bad else Result.OK
            kind = "runner_on_failed" if host in bad else "runner_on_ok"
            events.append(event(kind, 0, task="Ping", host=host, result=result, message="no" if host in bad else ""))
        stats = {host: {"ok": int(host not in bad), "failures": int(host in bad)} for host in meant}
        events.append(event("playbook_on_stats", 0, data={"stats": stats}))
        status = RunStatus.FAILED if bad else RunStatus.SUCCESSFUL if meant else RunStatus.ERROR
        outcome = Outcome(status=status, reason="" if meant else NOBODY, rc=2 if bad else 0, final_counter=0)
        return ScriptedEngine(events, outcome).carry_out(run_id, plan, secrets, sink, cancel)


def through(world: World, run: Run) -> Run:
    """The run when workers and relay have done everything."""
    world.finish()
    return world.ledger.get(run.id)


def asked(world: World, run: Run) -> threading.Thread:
    """A worker that has the run, which has come to where a person has to say go."""
    worker = threading.Thread(target=world.work, daemon=True)
    worker.start()
    while world.queue.asks_go(run.id) is None and worker.is_alive():
        time.sleep(0.01)
    return worker


def engine(world: World, *bad: str, **more: Any) -> Hosts:
    """The engine of the world's workers."""
    made = Hosts(*bad, **more)
    world.execute = world.worker(engine=made)
    return made


def test_batches_go_on_by_themselves(world: World) -> None:
    """Given hosts that are all well, when they are taken two at a time, then it is one run to everybody."""
    made = engine(world)
    run = through(world, world.run("run ping --batch 2"))
    assert run.status is RunStatus.SUCCESSFUL
    assert [plan.target.hosts for plan in made.plans] == [("web1", "web2"), ("web3", "db1"), ("db2",)]
    assert all(plan.options.waves is None for plan in made.plans)
    events = world.ledger.events(run.id, after=0)
    assert [each.counter for each in events] == list(range(1, len(events) + 1))
    assert [each.kind for each in events].count(ENDED) == 1
    assert events[-1].data["final_counter"] == events[-1].counter
    assert [each.data["status"] for each in events if each.kind == STATUS][2:] == ["running"] * 4
    recaps = [letter.card for letter in world.letters() if letter.card and letter.card.view.status.final]
    assert recaps[-1].view.waves == tuple(Wave(hosts=size, state="done") for size in (2, 2, 1))
    assert {each.host: each.ok for each in recaps[-1].view.outcomes} == dict.fromkeys(run.plan.target.hosts, 1)
    assert [status for _, status, _ in world.audit()] == ["accepted", "started", "successful"]


def test_it_stops_by_itself_when_too_many_fail(world: World) -> None:
    """Given one of two hosts that fails, when the wave is over, then the others are not touched, and are named."""
    made = engine(world, "web2")
    run = through(world, world.run("run ping --batch 2 --max-fail 10%"))
    assert run.status is RunStatus.FAILED
    assert run.reason == (
        "It ended with wave 1 of 3. 1 of 2 hosts failed (web2), more than the 10% that may."
        " Not reached: web3, db1, db2."
    )
    assert len(made.plans) == 1
    again = world.run(f"retry {run.id}")
    assert again.plan.target.hosts == ("web2",)


def test_what_may_fail_does_not_stop_it(world: World) -> None:
    """Given a share that may fail, when no more do, then all waves are done, and the run counts as failed."""
    made = engine(world, "web2")
    run = through(world, world.run("run ping --batch 2 --max-fail 50%"))
    assert (run.status, len(made.plans)) == (RunStatus.FAILED, 3)
    assert run.reason == "1 of 5 hosts failed, in 3 waves: web2."


def test_a_wave_that_no_play_means_has_nothing_to_do(world: World) -> None:
    """Given a wave of hosts that no play means, when it is its turn, then the next one follows, and all is well."""
    world.execute = world.worker(engine=(made := Hosts(elsewhere=("web1", "web2"))))
    run = through(world, world.run("run ping --batch 2"))
    assert (run.status, len(made.plans)) == (RunStatus.SUCCESSFUL, 3)


def test_waves_that_no_play_means_at_all_are_an_error(world: World) -> None:
    """Given hosts none of which a play means, when all waves are through, then that is said, as without waves."""
    world.execute = world.worker(engine=Hosts(elsewhere=("web1", "web2", "web3", "db1", "db2")))
    run = through(world, world.run("run ping --batch 2"))
    assert (run.status, run.reason) == (RunStatus.ERROR, NOBODY)


def test_a_canary_waits_for_a_person(world: World) -> None:
    """Given a canary that is well, when a person says go, then the rest follows; the card has asked for it."""
    made = engine(world)
    run = world.run("run ping --canary 1")
    worker = asked(world, run)
    relay = world.new_relay()
    world.turn(relay, times=8)
    (card,) = [letter.card for letter in world.letters() if letter.card]
    assert card.view.asks_go
    assert card.view.status is RunStatus.RUNNING
    assert card.view.waves == (Wave(hosts=1, state="done"), Wave(hosts=4, state="waiting"))
    with pytest.raises(WrongState, match="waits for nobody"):
        world.say(f"approve {run.id}")
    assert texts(world.told(f"confirm {run.id}")) == f"Run {run.id} goes on with wave 2."
    worker.join()
    relay.give_back()
    assert through(world, run).status is RunStatus.SUCCESSFUL
    assert [plan.target.hosts for plan in made.plans] == [("web1",), ("web2", "web3", "db1", "db2")]
    assert ("ping", "confirmation", "") in world.audit()
    with pytest.raises(WrongState):
        world.say(f"confirm {run.id}")


def test_who_may_not_run_it_may_not_say_go(world: World) -> None:
    """Given a run that waits, when a rule or somebody without the right says go, then it waits on; cancel ends it."""
    world.write(
        "signalbox.yml",
        """
        roles:
          all: {members: ["terminal:anna", "rule:x", "schedule:*"], may: [{runbooks: ["*"], environments: ["*"]}]}
          look: {members: ["terminal:carl"], may: [{runbooks: [token], environments: ["*"]}]}
        """,
    )
    made = engine(world)
    run = world.run("run ping --canary 2")
    worker = asked(world, run)
    for actor in (Actor(transport="terminal", name="carl"), Actor(transport="rule", name="x"), NIGHT):
        with pytest.raises(NotAllowed):
            world.say(f"confirm {run.id}", actor=actor)
    world.say(f"cancel {run.id}")
    worker.join()
    ended = through(world, run)
    assert ended.status is RunStatus.CANCELED
    assert ended.reason == "It ended with wave 1 of 2. It was canceled. Not reached: web3, db1, db2."
    assert len(made.plans) == 1


def test_a_pause_on_failure_asks_instead_of_stopping(world: World) -> None:
    """Given failures and --pause-on-failure, when a wave is over, then a person decides."""
    made = engine(world, "web1")
    run = world.run("run ping --batch 3 --pause-on-failure")
    worker = asked(world, run)
    world.say(f"confirm {run.id}")
    worker.join()
    assert through(world, run).status is RunStatus.FAILED
    assert len(made.plans) == 2


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        (lambda world: world.say("freeze lab because of the outage"), "frozen"),
        (
            lambda world: world.say("lock db1 in lab because I look", actor=BEN),
            "locked",
        ),
        (lambda world: world.write("playbooks/site.yml", "- hosts: all\n  tasks: []\n"), "ping has changed"),
        (lambda world: world.write("inventories/lab/more.yml", "all: {hosts: {new: {}}}\n"), "new new"),
    ],
    ids=["freeze", "lock", "playbook", "inventory"],
)
def test_everything_is_looked_at_again_before_the_next_wave(
    world: World, meanwhile: Callable[[World], object], why: str
) -> None:
    """Given a first wave during which something changes, when it is over, then the next one is not begun."""
    made = engine(world, during=lambda wave: meanwhile(world) if wave == 1 else None)
    run = through(world, world.run("run ping --batch 3"))
    assert run.status is RunStatus.ERROR
    assert why in run.reason
    assert run.reason.endswith("Not reached: db1, db2.")
    assert len(made.plans) == 1


def test_a_cancel_between_waves_and_in_one_ends_it(world: World) -> None:
    """Given a cancel while a wave is under way, when it ends, then no further one begins."""
    run = world.run("run ping --batch 2")
    made = engine(world, during=lambda _wave: world.queue.ask_cancel(run.id))
    ended = through(world, run)
    assert ended.status is RunStatus.CANCELED
    assert "Not reached: web3, db1, db2." in ended.reason
    assert len(made.plans) == 1


def test_nobody_says_go(world: World) -> None:
    """Given a canary and nobody who answers, when its time is over, then it ends, canceled, and says so."""
    run = world.run("run ping --canary 1")
    world.queue.take()
    envelope = world.queue.envelope(run.id)
    assert envelope is not None
    waves = envelope.plan.options.waves
    assert waves is not None
    InWaves(
        envelope=envelope,
        waves=waves,
        engine=Hosts(),
        queue=world.queue,
        stream=world.stream,
        look=world.execute._look,
        go_seconds=0.0,
    ).carry_out()
    ended = through(world, run)
    assert ended.status is RunStatus.CANCELED
    assert "Nobody said go within 0 s. Not reached: web2, web3, db1, db2." in ended.reason


def test_a_check_looks_at_all_hosts_at_once(world: World) -> None:
    """Given --check with waves, when it is carried out, then it is one; what applies it goes in waves."""
    made = engine(world)
    run = through(world, world.run("run ping --canary 1 --check"))
    assert len(made.plans) == 1
    applied = world.run(f"apply {run.id}")
    assert applied.plan.options.waves == run.plan.options.waves


def test_a_worker_that_dies_between_waves_loses_the_run_and_names_the_rest(world: World) -> None:
    """Given a worker killed while its run waits for a go, when the relay sees it, then who was not reached is told."""
    run = world.run("run ping --canary 1")
    world.queue.take()
    world.queue.claim(run.id)
    events = story(["web1"], run.id)[:-1]
    sizes = {"sizes": [1, 4]}
    for data in ({"number": 1, "state": "done", "failed": 0}, {"number": 2, "state": "waiting", "failed": 0}):
        events.append(event(WAVE, len(events) + 1, run.id, data={**sizes, **data}))
    world.stream.append(events)
    relay = world.new_relay()
    world.turn(relay, times=20)
    ended = world.ledger.get(run.id)
    assert ended.status is RunStatus.LOST
    assert ended.reason.endswith("may be half done. Not reached: web2, web3, db1, db2.")
