"""A freeze or a lock against a run that waits, in 1,000 orders each: it starts once, or it does not start."""

import random
from collections.abc import Callable

import pytest

from bot.model.people import Actor
from bot.model.stop import Stop, StopKind

from .test_execute import end_of
from .world import World

BEN = Actor(transport="terminal", name="ben")


@pytest.fixture(autouse=True)
def still(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project does not change here, so it is looked at once: 2,000 looks by Git and Ansible take their time."""
    revision, target = world.catalog.revision(world.catalog.get("ping")), world.inventories.resolve("lab", "web1")
    monkeypatch.setattr(world.catalog, "revision", lambda _runbook, _inventory=None: revision)
    monkeypatch.setattr(world.inventories, "resolve", lambda _environment, _limit, **_how: target)


def stopped(world: World, kind: StopKind, *, on: bool) -> None:
    """Set or take off what stops ben, as another process does it."""
    made = Stop(kind=kind, environment="lab", actor="terminal:anna", reason="so", at=0.0)
    world.stops.change(lambda stops: (*(stop for stop in stops if stop != made), *((made,) if on else ())))


class Story:
    """One run of ben's that waits; what stops it comes and goes, its worker takes it or dies."""

    def __init__(self, world: World, kind: StopKind) -> None:
        self.world, self.kind, self.on, self.taken = world, kind, False, False
        self.expected = ""
        world.forget()
        self.run = world.run("run ping on web1 in lab", actor=BEN)

    def switch(self) -> None:
        """It is set, or taken off."""
        self.on = not self.on
        stopped(self.world, self.kind, on=self.on)

    def take(self) -> None:
        """A worker takes the run: whether it may start is decided by what holds then."""
        if self.world.queue.take() is not None:
            self.taken = True
            self.expected = "denied" if self.on else "successful"
            self.world.execute.handle(self.run.id)

    def die(self) -> None:
        """A worker takes the run and dies before it looked at anything: it is as if it had never been taken."""
        if self.world.queue.take() is not None:
            self.world.queue.claim(self.run.id)

    def repeat(self) -> None:
        """The job comes once more, as after a crash of Redis."""
        if self.taken:
            self.world.execute.handle(self.run.id)

    def finish(self) -> None:
        """What nobody took, or somebody died over, is taken in the end, and a relay settles everything."""
        relay = self.world.new_relay()
        for _ in range(2):
            self.take()
            self.world.turn(relay, times=10)

    def check(self) -> None:
        """It ended once, as it had to, its hosts are free, and nothing of it waits."""
        assert self.world.ledger.get(self.run.id).status.value == self.expected
        assert end_of(self.world, self.run.id)[0] == self.expected
        assert len(self.world.engine.carried_out) == (self.expected == "successful")
        assert not self.world.queue._lines.stands(self.run.id)
        assert self.world.queue.depth() == 0
        self.world.engine.carried_out.clear()


def orders(world: World, kind: StopKind) -> None:
    """1,000 orders of what can happen."""
    for seed in range(1000):
        chance, story = random.Random(seed), Story(world, kind)
        acts: tuple[Callable[[], None], ...] = (story.switch, story.switch, story.take, story.die, story.repeat)
        for _ in range(chance.randint(1, 5)):
            chance.choice(acts)()
        story.finish()
        story.check()


def test_a_freeze_against_a_run_that_waits(world: World) -> None:
    """Given a run that waits, when freezes, workers and crashes come in any order, then it starts once or never."""
    orders(world, StopKind.FREEZE)


def test_a_lock_against_a_run_that_waits_and_a_crash(world: World) -> None:
    """Given a run that waits, when locks, workers and crashes come in any order, then it starts once or never."""
    orders(world, StopKind.LOCK)
