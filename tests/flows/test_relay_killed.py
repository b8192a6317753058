"""A relay may die between any two of its calls, and any call may fail: another relay goes on, and nothing is doubled.

Every call that a relay makes to its stations is counted; a story is told again and again, and in the n-th telling the
n-th call kills the relay before it is made, right after it was made, or fails once.
"""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.chat import LetterKind
from bot.errors import Unavailable
from bot.flows.relay import Relay, settle
from bot.model.event import RunEvent
from bot.model.status import RunStatus, may_follow

from .world import ClockedLeases, World, story

HOSTS = ("web1", "web2", "web3")
STATIONS = ("ledger", "stream", "queue", "chat", "leases")
TAKEN_OVER = 30
"""Turns of another relay until a lease has run out, and some more."""


class Killed(BaseException):
    """What happens to a process: nothing in it can do anything about it."""


class Fate:
    """Counts calls, and does what it is made for at the n-th; `meanwhile` is what happens while that is held."""

    def __init__(self, at: int, way: str, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.at = at
        self.way = way
        self.meanwhile = meanwhile
        self.calls = 0
        self.struck = False

    def call(self, method: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Make a call, or not."""
        self.calls += 1
        if self.calls != self.at:
            return method(*arguments, **named)
        self.struck = True
        if self.way == "held":
            self.meanwhile()
            return method(*arguments, **named)
        if self.way == "after":
            method(*arguments, **named)
        if self.way == "fails":
            raise Unavailable("It does not answer, once.")
        raise Killed


class Mortal:
    """A station whose every call goes through a Fate."""

    def __init__(self, station: Any, fate: Fate) -> None:
        self._station = station
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._station, name)
        return lambda *arguments, **named: self._fate.call(method, arguments, named)


def mortal_relay(world: World, fate: Fate) -> Relay:
    """A relay all of whose calls go through `fate`."""
    stations = {name: getattr(world, name) for name in STATIONS if name != "leases"}
    stations["leases"] = ClockedLeases(world.held, lambda: world.now)
    return world.new_relay(**{name: Mortal(station, fate) for name, station in stations.items()})


def turns(world: World, relays: list[Relay], times: int) -> None:
    """Turns of all relays alternately; one that is killed is gone, and its place is taken by a new one, unharmed."""
    for _ in range(times):
        world.now += 0.3
        for place, relay in enumerate(relays):
            try:
                settle(relay, world.now)
            except Killed:
                relays[place] = world.new_relay()


def a_run(world: World, relays: list[Relay]) -> None:
    """A run that goes well, its events coming piece by piece."""
    world.run("run ping on web")
    turns(world, relays, 1)
    world.queue.take()
    world.queue.claim(1)
    with world.queue.living(1):
        for piece in pieces(story(HOSTS)):
            world.stream.append(piece)
            turns(world, relays, 1)
    turns(world, relays, 25)


def a_lost_run(world: World, relays: list[Relay]) -> None:
    """A run whose worker dies in the middle."""
    world.run("run ping on web")
    world.queue.take()
    world.queue.claim(1)
    with world.queue.living(1):
        world.stream.append(story(HOSTS)[:6])
        turns(world, relays, 1)
    turns(world, relays, 40)


def a_canceled_run(world: World, relays: list[Relay]) -> None:
    """A run that is canceled before a worker takes it."""
    world.run("run ping on web")
    turns(world, relays, 1)
    world.say("cancel 1")
    turns(world, relays, 25)


def a_forgotten_run(world: World, relays: list[Relay]) -> None:
    """A run whose job is lost, and which comes into the queue again."""
    world.run("run ping on web")
    world.queue.take()
    for _ in range(60):  # as long as it takes a lease to run out, and twice to find that nobody has the run
        turns(world, relays, 1)
        if world.queue.take():
            break
    world.queue.claim(1)
    with world.queue.living(1):
        world.stream.append(story(HOSTS))
        turns(world, relays, 25)


def pieces(events: list[RunEvent], size: int = 3) -> Iterator[list[RunEvent]]:
    """The events, a few at a time."""
    return (events[start : start + size] for start in range(0, len(events), size))


STORIES = {
    a_run: RunStatus.SUCCESSFUL,
    a_lost_run: RunStatus.LOST,
    a_canceled_run: RunStatus.CANCELED,
    a_forgotten_run: RunStatus.SUCCESSFUL,
}


def check(world: World, status: RunStatus) -> None:
    """All that must hold of the one run when everything is over, whatever happened on the way."""
    run = world.ledger.get(1)
    assert run.status is status
    changes = world.ledger.statuses(1)
    assert changes[0].then is RunStatus.QUEUED
    assert all(may_follow(one.before, one.then) for one in changes[1:] if one.before)
    assert [one.then.final for one in changes].count(True) == 1
    counters = [event.counter for event in world.ledger.events(1)]
    assert counters == list(range(1, world.stream.last_counter(1) + 1))
    assert run.cursor == len(counters)
    (recap,) = world.letters(LetterKind.RECAP)
    (card,) = world.letters(LetterKind.CARD)
    assert recap.card == card.card
    assert recap.card is not None
    assert recap.card.view.drained
    assert recap.card.view.status is status
    assert len([result for _, _, result in world.audit() if result]) == 1
    assert len(world.ledger.outcomes(1)) == len(HOSTS)
    assert world.ledger.unsettled() == []
    assert world.queue.envelope(1) is None
    assert world.stream._streams[1].ends is not None


@pytest.mark.parametrize("way", ["before", "after", "fails"])
@pytest.mark.parametrize(
    ("tell", "relays"),
    [(a_run, 1), (a_run, 2), (a_lost_run, 2), (a_canceled_run, 1), (a_forgotten_run, 2)],
    ids=lambda given: getattr(given, "__name__", f"{given} relays"),
)
def test_a_relay_may_die_at_any_call(
    tell: Callable[[World, list[Relay]], None], way: str, relays: int, tmp_path: Path
) -> None:
    """Given any story, when the n-th call kills the relay or fails, for every n, then it ends as without it."""
    world = World(tmp_path / "project")
    for at in count(1):
        world.forget()  # the project stays: reading it would take longer than the story
        fate = Fate(at, way)
        tell(world, [mortal_relay(world, fate), *(world.new_relay() for _ in range(relays - 1))])
        try:
            check(world, STORIES[tell])
        except AssertionError as error:
            raise AssertionError(f"call {at} {way}: {error}") from error
        if not fate.struck:
            break
    assert at > 15, "the story is too short to mean anything"


def taken_over(world: World, another: Relay) -> None:
    """Another relay takes over what was left, and where a worker has the run, it comes to its end meanwhile."""
    turns(world, [another], TAKEN_OVER)
    if world.queue.alive(1) and world.stream.last_counter(1):
        world.stream.append(story(HOSTS))
        turns(world, [another], TAKEN_OVER)


@pytest.mark.parametrize("tell", [a_run, a_lost_run, a_canceled_run, a_forgotten_run])
def test_a_relay_may_be_held_at_any_call(tell: Callable[[World, list[Relay]], None], tmp_path: Path) -> None:
    """Given any story, when the n-th call is held while another relay takes over, for every n, then all holds.

    The one that was held knows nothing of it, and goes on from there.
    """
    world = World(tmp_path / "project")
    for at in count(1):
        world.forget()
        another = world.new_relay()
        fate = Fate(at, "held", lambda: taken_over(world, another))  # noqa: B023
        tell(world, [mortal_relay(world, fate), another])
        ended_well = world.ledger.get(1).status is RunStatus.SUCCESSFUL
        try:
            check(world, RunStatus.SUCCESSFUL if ended_well else STORIES[tell])
        except AssertionError as error:
            raise AssertionError(f"call {at} held: {error}") from error
        if not fate.struck:
            break
    assert at > 15, "the story is too short to mean anything"
