"""A rolling restart: one process after the other is told to end and started again, while people ask for runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests.e2e import processes
from tests.torture.checks import breaches
from tests.torture.crew import Crew, Member, crew
from tests.torture.gather import look, rest
from tests.torture.ground import HOSTS, Ground
from tests.torture.seen import Ask

ASK_SECONDS = 1.0
WAIT_SECONDS = 120.0


@pytest.fixture
def made() -> Iterator[Crew]:
    """An installation with two workers and two relays."""
    ground = Ground()
    try:
        with crew(ground, workers=2, relays=2) as at_work:
            yield at_work
    finally:
        ground.close()


@dataclass
class Asking:
    """Somebody who asks for one run after the other, each on the next host; `taken` are the tokens of those."""

    crew: Crew
    taken: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        """Until `stop` is set."""
        ground, hosts = self.crew.ground, HOSTS["alpha"]
        while not self.stop.wait(ASK_SECONDS):
            number = len(self.taken)
            token, host = f"rolling{number}x", hosts[number % len(hosts)]
            text = f"run work on {host} in alpha token={token} seconds=1"
            channel = ground.channels[number % len(ground.channels)]
            assert ground.slack.person().slash("/ansible", text, channel=channel).acked
            self.taken.append(token)


@contextmanager
def asking(made: Crew) -> Iterator[Asking]:
    """Somebody asks for as long as the block lasts."""
    somebody = Asking(made)
    thread = threading.Thread(target=somebody.work)
    thread.start()
    try:
        yield somebody
    finally:
        somebody.stop.set()
        thread.join()


def replaced(made: Crew, member: Member) -> None:
    """SIGTERM for a process that has something in hand; when it has ended by itself, another one takes its place."""
    old = member.process
    assert old is not None
    in_hand = old.pid if member.name == "worker" else None
    processes.until(lambda: _at_work(made, in_hand), WAIT_SECONDS, f"work for {member.name}")
    ready = _ready(made, member.name)
    old.terminate()
    assert old.wait(WAIT_SECONDS) == 0
    made.mind()
    processes.until(lambda: _ready(made, member.name) > ready, WAIT_SECONDS, f"another {member.name}")


def _at_work(made: Crew, worker: int | None) -> bool:
    """Whether this worker has a run in hand; any, when none is named."""
    horses = made.pids("horse")
    return any(worker in {None, processes.parent(horse)} for horse in horses)


def _ready(made: Crew, name: str) -> int:
    """How many processes of a kind have been ready so far."""
    return (made.ground.place.root / f"{name}.log").read_text().count(f"{name} is ready")


def test_a_rolling_restart_loses_nothing(made: Crew) -> None:
    """Given runs that are asked for all the time, when each worker and relay is replaced, then all succeed, once."""
    to_replace = [member for member in made.members if member.name in {"worker", "relay"}]
    with asking(made) as somebody:
        for member in to_replace:
            replaced(made, member)
        at_last = len(somebody.taken)
        processes.until(lambda: len(somebody.taken) > at_last + 1, WAIT_SECONDS, "asks after the last one")
    assert rest(made, WAIT_SECONDS) == []
    seen = look(made, asks=[Ask(token=token, taken=True) for token in somebody.taken])
    assert [str(breach) for breach in breaches(seen)] == []
    assert {run.token: run.status for run in seen.runs} == dict.fromkeys(somebody.taken, "successful")
    done = sorted((mark.run, mark.step) for mark in seen.marks)
    assert done == [(run.id, step) for run in seen.runs for step in ("begin", "end")]
    assert len(somebody.taken) > len(to_replace)
