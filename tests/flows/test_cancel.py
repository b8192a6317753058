"""Cancel: before a worker has the run, while it goes on, when it is over, and in the moments between."""

from collections.abc import Callable

import pytest

from bot.errors import UnknownName, WrongState
from bot.model.event import ENDED
from bot.model.people import Actor
from bot.model.reply import Text
from bot.model.request import Request
from bot.model.status import RunStatus

from .world import ANNA, HERE, World

REQUEST = Request(text="cancel 1", actor=ANNA, conversation=HERE)


def answer(world: World, text: str, **more: Actor) -> str:
    """The sentence that is answered."""
    (part,) = world.told(text, **more).parts
    assert isinstance(part, Text)
    return part.text


def test_a_run_that_waits_is_canceled_at_once(world: World) -> None:
    """Given a queued run, when it is canceled, then no worker gets it, and it ends as canceled by whoever asked."""
    world.run("run ping")
    assert answer(world, "cancel 1") == "Run 1 is canceled; it had not started."
    assert world.queue.take() is None
    world.finish()
    run = world.ledger.get(1)
    assert run.status is RunStatus.CANCELED
    assert run.reason == "terminal:anna canceled it before it started."
    assert world.queue.envelope(1) is None
    assert world.engine.carried_out == []


def test_a_run_under_way_is_asked_to_end(world: World) -> None:
    """Given a run that a worker has, when it is canceled, then the flag is up, and only the worker ends the run."""
    world.run("run ping")
    assert world.queue.claim(1)
    assert answer(world, "cancel 1") == "Run 1 is being canceled."
    assert world.queue.cancel_asked(1)
    assert world.ledger.get(1).cancel_asked_by == "terminal:anna"
    assert world.stream.last_counter(1) == 0


def test_a_run_that_is_over_can_not_be_canceled(world: World) -> None:
    """Given a run that has ended, when it is canceled, then the refusal has its status, and the audit the attempt."""
    world.run("run ping")
    world.finish()
    with pytest.raises(WrongState, match=r"Run 1 has ended already: successful\. `show 1`"):
        world.say("cancel 1")
    assert world.audit()[-1] == ("cancel", "refused", "WrongState")
    assert not world.queue.cancel_asked(1)


def test_a_run_that_never_was_can_not_be_canceled(world: World) -> None:
    """Given no runs, when one is canceled, then it is refused."""
    with pytest.raises(UnknownName, match="There is no run 3"):
        world.say("cancel 3")


def test_canceling_twice_does_no_harm(world: World) -> None:
    """Given a queued run, when two people cancel it, then it ends once, and the first is the one who did."""
    world.run("run ping")
    answer(world, "cancel 1")
    assert answer(world, "cancel 1", actor=Actor(transport="terminal", name="bob")) == "Run 1 is being canceled."
    assert [one.kind for one in world.stream.read(1, 0)] == [ENDED]
    world.finish()
    assert world.ledger.get(1).cancel_asked_by == "terminal:anna"
    assert world.audit() == [
        ("ping", "accepted", ""),
        ("ping", "cancel_asked", ""),
        ("ping", "cancel_asked", ""),
        ("ping", "canceled", "canceled"),
    ]


def test_who_canceled_is_shown(world: World) -> None:
    """Given a canceled run, when it is shown, then who asked for it is there."""
    world.run("run ping")
    answer(world, "cancel 1")
    assert ("canceled by", "terminal:anna") in world.told("show 1").parts[0].pairs


class Interrupted:
    """A station that does something else right before one of its methods."""

    def __init__(self, station: object, method: str, first: Callable[[], object]) -> None:
        self._station = station
        self._method = method
        self._first = first

    def __getattr__(self, name: str) -> object:
        if name == self._method:
            self._first()
        return getattr(self._station, name)


@pytest.mark.parametrize("moment", ["ask_cancel", "withdraw"])
def test_a_worker_may_claim_at_any_moment_of_a_cancel(world: World, moment: str) -> None:
    """Given a cancel on its way, when a worker takes the run just then, then it ends once, as canceled."""
    world.run("run ping")
    queue = Interrupted(world.queue, moment, world.work)
    racing = world.cancel(queue=queue)
    racing.handle(1, REQUEST)
    ends = [one for one in world.stream.read(1, 0) if one.kind == ENDED]
    assert len(ends) == 1
    world.finish()
    late = moment == "ask_cancel"  # then the run was over before anybody had asked
    assert world.ledger.get(1).status is (RunStatus.SUCCESSFUL if late else RunStatus.CANCELED)


def test_whoever_cancels_may_die_in_between(world: World) -> None:
    """Given a cancel that took the run out and then died, when a relay looks after it, then it ends as canceled."""
    world.run("run ping")

    def die() -> None:
        raise ConnectionError

    stream = Interrupted(world.stream, "append", die)
    dying = world.cancel(stream=stream)
    with pytest.raises(ConnectionError):
        dying.handle(1, REQUEST)
    world.turn(world.new_relay(), times=20)
    run = world.ledger.get(1)
    assert run.status is RunStatus.CANCELED
    assert run.reason == "terminal:anna canceled it before it started."
