"""Events reach a sink that fails, waits or comes back; and memory stays bounded while it is away."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from bot.engine import going
from bot.engine.backlog import Backlog
from bot.engine.delivery import Delivery
from bot.engine.real import UNDELIVERED, AnsibleEngine
from bot.errors import WrongState
from bot.model.event import ENDED, STATUS, RunEvent
from bot.model.status import RunStatus
from tests.engine.world import Project, Recorder, a_plan


class Away(Recorder):
    """A sink that fails the first `times` times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def __call__(self, events: Sequence[RunEvent]) -> None:
        """Fail, or keep them."""
        self.times -= 1
        if self.times >= 0:
            raise ConnectionError("Redis is away")
        super().__call__(events)


def test_a_sink_that_comes_back_gets_everything_once(project: Project) -> None:
    """Given Redis away for a moment, when it comes back, then every event is there once, in order."""
    project.hosts("web1")
    told = Away(4)
    plan = a_plan(playbook=project.playbook([{"debug": {"msg": "x"}}]))
    told.outcome = project.engine().carry_out(1, plan, {}, told, lambda: False)
    assert told.outcome.status is RunStatus.SUCCESSFUL
    assert [event.counter for event in told.events] == list(range(1, len(told.events) + 1))


def test_a_run_whose_events_cannot_be_stored_does_not_start(project: Project) -> None:
    """Given Redis away for good, when a run is to start, then nothing is carried out, and the outcome says why."""
    project.hosts("web1")
    plan = a_plan(playbook=project.playbook([{"file": {"path": str(project.root / "made"), "state": "touch"}}]))
    outcome = project.engine(patience=0.2).carry_out(1, plan, {}, Away(10**9), lambda: False)
    assert (outcome.status, outcome.reason) == (RunStatus.ERROR, UNDELIVERED)
    assert not (project.root / "made").exists()


def test_events_that_never_arrive_make_the_run_an_error(project: Project) -> None:
    """Given Redis that goes away during a run and stays away, when the run ends, then the outcome is an error."""

    class Goes(Recorder):
        def __call__(self, events: Sequence[RunEvent]) -> None:
            if any(event.kind == "runner_on_ok" for event in [*self.events, *events]):
                raise ConnectionError("Redis went away")
            super().__call__(events)

    project.hosts("web1")
    plan = a_plan(playbook=project.playbook([{"debug": {"msg": "x"}}] * 3))
    outcome = project.engine(patience=0.2).carry_out(1, plan, {}, Goes(), lambda: False)
    assert (outcome.status, outcome.reason) == (RunStatus.ERROR, UNDELIVERED)
    assert list((project.home / "runs").iterdir()) == []


def test_pauses_grow() -> None:
    """Given a sink that fails again and again, when it is tried, then the pauses grow to a second."""
    pauses: list[float] = []
    sink = Away(8)
    assert Delivery(sink, sleep=pauses.append).hand_over([RunEvent(run_id=1, counter=1, kind="x", at=0)])
    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0]


def test_a_stream_that_another_has_closed_is_not_waited_for() -> None:
    """Given a run whose end another has told, when its events are handed over, then they are given up at once."""
    calls: list[object] = []

    def closed(events: Sequence[RunEvent]) -> None:
        calls.append(events)
        raise WrongState("Event 5 of run 1 is already there with another content.")

    delivery = Delivery(closed, sleep=lambda _: None)
    assert not delivery.hand_over([RunEvent(run_id=1, counter=5, kind="x", at=0)])
    assert (delivery.given_up, len(calls)) == (True, 1)


def test_a_backlog_keeps_order_across_memory_and_file(tmp_path: Path) -> None:
    """Given more events than memory may hold, when they are taken, then they come in order, and the file is gone."""
    spill = tmp_path / "spill"
    backlog = Backlog(spill, limit=3)
    taken: list[object] = []
    for number in range(10):
        backlog.put({"n": number, "text": "ü\n"})
    assert spill.stat().st_mode & 0o777 == 0o600
    taken += backlog.take(2)
    for number in range(10, 20):
        backlog.put({"n": number, "text": ""})
    backlog.close()
    while batch := backlog.take(4):
        taken += batch
    assert [json.loads(json.dumps(event))["n"] for event in taken] == list(range(20))
    assert not spill.exists()


def test_a_backlog_that_may_grow_no_more_says_so(tmp_path: Path) -> None:
    """Given a bound of bytes, when events would take more, then what fitted leaves in order, and why no more does."""
    backlog = Backlog(tmp_path / "spill", limit=2, most=300)
    for number in range(100):
        backlog.put({"n": number, "text": "x" * 30})
    assert backlog.full == "they would take more than 0 MB"
    backlog.close()
    taken: list[object] = []
    while batch := backlog.take(3):
        taken += [event["n"] for event in batch]
    assert taken == list(range(len(taken)))
    assert 2 < len(taken) < 100


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_disk_that_is_full_keeps_whole_events_only(small_disk: Path) -> None:
    """Given a disk that fills up, when events wait there, then none is cut in two, and the reason is the disk."""
    backlog = Backlog(small_disk / "spill", limit=2)
    for number in range(3000):
        backlog.put({"n": number, "text": "x" * 1000})
    assert backlog.full == "No space left on device"
    backlog.close()
    taken: list[object] = []
    while batch := backlog.take(50):
        taken += [event["n"] for event in batch]
    assert taken == list(range(len(taken)))
    assert len(taken) > 1000
    assert not (small_disk / "spill").exists()


def test_a_run_whose_events_have_no_room_is_ended(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given Redis away and no room for events, when a run goes on, then it is ended, and says why and what is busy."""
    monkeypatch.setattr(going, "Backlog", partial(Backlog, limit=2))
    back = time.monotonic() + 3

    class Goes(Recorder):
        def __call__(self, events: Sequence[RunEvent]) -> None:
            if time.monotonic() < back and events[0].kind != STATUS:
                raise ConnectionError("Redis is away")
            super().__call__(events)

    project.hosts("web1")
    tasks: list[dict[str, object]] = [{"debug": {"msg": "x"}}] * 9
    plan = a_plan(playbook=project.playbook([*tasks, {"command": "sleep 300"}]))
    told = Goes()
    outcome = project.engine(most_on_disk=2000).carry_out(1, plan, {}, told, lambda: False)
    assert outcome.status is RunStatus.ERROR
    assert outcome.reason.startswith("It was ended: there is no room on the worker for its events, they would take")
    assert [event.counter for event in told.events] == list(range(1, len(told.events) + 1))
    assert (told.events[-1].kind, outcome.final_counter) == (ENDED, told.events[-1].counter)
    assert list((project.home / "runs").iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
@pytest.mark.parametrize("how", ["full", "read-only"])
def test_a_home_that_takes_nothing_is_told(project: Project, small_disk: Path, how: str) -> None:
    """Given a full disk, or a home that is read-only, when a run is to start, then it ends with that as its reason."""
    project.hosts("web1")
    plan = a_plan(playbook=project.playbook([{"debug": {"msg": "x"}}]))
    (small_disk / "runs").mkdir()
    if how == "full":
        with contextlib.suppress(OSError), (small_disk / "ballast").open("wb") as file:
            file.write(b"x" * 4 * 2**20)
    else:
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    told = Recorder()
    outcome = AnsibleEngine(project.root, small_disk).carry_out(1, plan, {}, told, lambda: False)
    said = {"full": "No space left on device", "read-only": "Read-only file system"}[how]
    assert (outcome.status, outcome.reason) == (RunStatus.ERROR, f"The run could not be prepared: {said}.")
    assert told.events[-1].kind == ENDED
