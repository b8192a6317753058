"""Runs on the same hosts never overlap: they wait, visibly, or are refused, or take each other's place."""

import threading

import pytest

from bot.chat import LetterKind
from bot.errors import NotAllowed
from bot.flows.in_line import waiting_for
from bot.model.event import STATUS
from bot.model.people import Actor
from bot.model.status import RunStatus

from .test_execute import end_of
from .world import World, event

BEN = Actor(transport="terminal", name="ben")


def waits(world: World) -> list[str]:
    """What each card says of whom its run waits for."""
    return [letter.card.waits for letter in world.letters(LetterKind.CARD) if letter.card]


def test_the_second_run_on_a_host_waits_and_its_card_says_for_whom(world: World) -> None:
    """Given a run on web1, when another one is asked for there, then it waits, says so, and runs then."""
    world.run("run ping on web1 in lab")
    second = world.run("run ping on web1,web2 in lab")
    relay = world.new_relay()
    world.turn(relay)
    assert waits(world) == ["", "run 1 on web1"]
    assert world.queue.take() == 1
    assert world.queue.take() is None
    world.execute.handle(1)
    world.turn(relay, times=8)
    assert waits(world)[1] == ""
    world.work()
    assert end_of(world, second.id)[0] == "successful"


def test_other_hosts_do_not_wait(world: World) -> None:
    """Given a run on web1, when one on web2 is asked for, then a second worker may take it at once."""
    world.run("run ping on web1 in lab")
    world.run("run ping on web2 in lab")
    assert [world.queue.take(), world.queue.take()] == [1, 2]


def test_a_run_that_is_lost_lets_go_of_its_hosts(world: World) -> None:
    """Given a run whose worker died, when the relay calls it lost, then the one that waited for its hosts is queued."""
    first = world.run("run ping on web1 in lab")
    second = world.run("run ping on web1 in lab")
    assert world.queue.take() == first.id
    world.queue.claim(first.id)
    world.stream.append([event(STATUS, 1, first.id, data={"status": "starting"})])  # and the worker dies
    relay = world.new_relay()
    world.turn(relay, times=10)
    assert world.ledger.get(first.id).status is RunStatus.LOST
    world.work()
    assert end_of(world, second.id)[0] == "successful"


def test_to_cancel_a_run_that_waits_lets_the_next_one_go(world: World) -> None:
    """Given three runs in a line, when the second is canceled, then the third follows the first."""
    for limit in ("web1", "web1,web2", "web2"):
        world.run(f"run ping on {limit} in lab")
    world.say("cancel 2")
    assert [world.queue.take(), world.queue.take()] == [1, 3]
    world.finish()


def test_a_runbook_that_may_not_be_beside_others_is_refused(world: World) -> None:
    """Given a runbook with `forbid`, when another run is on its host, then it is refused, with the run and the host."""
    world.runbook("alone", "safety: {concurrency: forbid}")
    world.run("run ping on web1,web2 in lab")
    with pytest.raises(NotAllowed, match="alone may not run beside others, and run 1 is on web1"):
        world.say("run alone on web1 in lab")
    world.run("run alone on web3 in lab")


def test_a_runbook_that_is_alone_in_its_environment(world: World) -> None:
    """Given a runbook that wants the environment for itself, when others are there, then it waits for all of them."""
    world.runbook("whole", "safety: {concurrency: {mode: queue, per: environment}}")
    world.run("run ping on web1 in lab")
    run = world.run("run whole on db1 in lab")
    assert waiting_for(world.queue.ahead(run.id, run.plan)) == "run 1 on all of lab"


def test_checks_are_beside_each_other(world: World) -> None:
    """Given a check on a host, when another check and then a run come, then the check goes on and the run waits."""
    world.run("run ping on web1 in lab --check")
    world.run("run ping on web1 in lab --check")
    world.run("run ping on web1 in lab")
    assert [world.queue.take(), world.queue.take(), world.queue.take()] == [1, 2, None]


def test_a_runbook_that_replaces_its_earlier_run(world: World) -> None:
    """Given a runbook with `replace`, when it is asked for again, then the earlier one is canceled, others are not."""
    world.runbook("deploy", "safety: {concurrency: replace}")
    other = world.run("run ping on web1 in lab")
    old = world.run("run deploy on web1 in lab")
    new = world.run("run deploy on web1,web2 in lab", actor=BEN)
    assert world.queue.cancel_asked(old.id)
    assert not world.queue.cancel_asked(other.id)
    world.finish()
    assert [world.ledger.get(run.id).status.value for run in (other, old, new)] == [
        "successful",
        "canceled",
        "successful",
    ]
    assert world.ledger.get(old.id).reason == "terminal:ben canceled it before it started."


def test_what_one_may_not_cancel_is_not_replaced(world: World) -> None:
    """Given somebody who may not cancel the earlier run, when they ask, then theirs waits for it."""
    world.runbook("deploy", "parameters: {size: {type: str}}\nsafety: {concurrency: replace}")
    grant = "{runbooks: ['*'], environments: [lab]"
    world.write(
        "signalbox.yml",
        f"roles:\n  a: {{members: ['terminal:anna'], may: [{grant}}}]}}\n"
        f"  b: {{members: ['terminal:ben'], may: [{grant}, parameters: {{size: [small]}}}}]}}\n",
    )
    old = world.run("run deploy on web1 in lab size=large")
    new = world.run("run deploy on web1 in lab size=small", actor=BEN)
    assert not world.queue.cancel_asked(old.id)
    assert world.queue.ahead(new.id, new.plan) == {old.id: ("web1",)}


@pytest.mark.parametrize(
    ("safety", "policy"),
    [
        ("", "environments: {lab: {max_concurrent: 1}}\n"),
        ("safety: {cooldown: {runbook: 1h}}", ""),
        ("safety: {concurrency: forbid}", ""),
    ],
)
def test_of_two_who_ask_at_once_the_second_is_judged_with_the_first(world: World, safety: str, policy: str) -> None:
    """Given a place for one run, when six people ask in the same moment, then one run is made, five are refused."""
    world.runbook("careful", safety)
    world.write(
        "signalbox.yml",
        f"roles: {{all: {{members: ['terminal:*'], may: [{{runbooks: ['*'], environments: [lab]}}]}}}}\n{policy}",
    )
    together, answers = threading.Barrier(6), []

    def ask() -> None:
        together.wait(30)
        try:
            answers.append(world.run("run careful on web1 in lab").id)
        except NotAllowed:
            answers.append(None)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers, key=str) == [1, *[None] * 5]


def test_what_many_runs_are_in_the_way_is_told_shortly() -> None:
    """Given many runs ahead, when they are told, then three are named, with three places each, and the rest counted."""
    ahead = {number: tuple(f"h{host}" for host in range(5)) for number in range(1, 6)}
    told = waiting_for(ahead)
    assert told.startswith("run 1 on h0, h1, h2 and 2 more, and for run 2 on ")
    assert told.endswith(", and for 2 more")
