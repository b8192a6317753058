"""A server that has carried out enough: a fresh one takes its place, and no run notices."""

import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from tests.engine.warm_world import Warm, until
from tests.engine.world import Project, Recorder

pytestmark = pytest.mark.xdist_group("engine-warm")

HELLO = [{"ansible.builtin.debug": {"msg": "hello"}}]
ENOUGH = 3


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Warm]:
    """A project with an engine whose servers soon have enough, and are followed at once."""
    monkeypatch.setattr("bot.engine.warm.warmer.MOST_RUNS", ENOUGH)
    monkeypatch.setattr("bot.engine.warm.warmer.AGAIN_SECONDS", 0.0)
    (tmp_path / "project").mkdir()
    project = Project(tmp_path / "project", tmp_path / "home")
    project.hosts("web1")
    made = Warm(project)
    made.heat()
    yield made
    made.engine.cool_down()


def said(recorder: Recorder) -> list[str]:
    """What the hosts said."""
    return [event.message for event in recorder.of("runner_on_ok")]


def test_runs_go_on_through_a_handover(own: Warm) -> None:
    """Given a server with a bound, when runs go beyond it, then a fresh one takes over, and no run is cold."""
    (old,) = own.servers()
    for _ in range(ENOUGH):
        assert said(own.run(HELLO)) == ["hello"]
        own.engine.keep_warm()
    until(lambda: len(own.servers()) == 2 or not old.is_running(), "the fresh one")
    while old.is_running() and old.status() != psutil.STATUS_ZOMBIE:  # the fresh one is loading meanwhile
        assert said(own.run(HELLO)) == ["hello"]
    (fresh,) = own.servers()
    assert fresh.pid != old.pid
    assert len(own.sockets()) == 1
    before = own.said()
    assert said(own.run(HELLO)) == ["hello"]
    assert own.said() != before
    assert own.reasons == [""] * len(own.reasons)
    assert len(own.reasons) > ENOUGH


def test_a_run_outlives_the_server_that_it_began_in(own: Warm) -> None:
    """Given a run in a task, when its server has had enough and is replaced, then the server ends, the run goes on."""
    (old,) = own.servers()
    for _ in range(ENOUGH - 1):
        own.run(HELLO)
    begun, gone = (own.project.root.parent / name for name in ("begun", "gone"))
    slow = [{"ansible.builtin.shell": f"touch {begun}; until test -e {gone}; do sleep 0.05; done; echo through"}]
    ends: list[Recorder] = []
    running = threading.Thread(target=lambda: ends.append(own.run(slow)))
    running.start()
    until(begun.exists, "the task")
    until(lambda: own.engine.keep_warm() or not old.is_running(), "the end of the server")
    assert [server.pid for server in own.servers()] != [old.pid]
    gone.touch()
    running.join()
    assert said(ends[0]) == ["through"]
    assert said(own.run(HELLO)) == ["hello"]
    assert own.starts == [True] * (ENOUGH + 1)


def test_a_server_whose_successor_fails_goes_on(own: Warm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a server that has had enough, when no other can be loaded, then it goes on, and runs are warm."""
    (old,) = own.servers()
    for _ in range(ENOUGH):
        own.run(HELLO)
    monkeypatch.setattr("bot.engine.warm.warmer._START", "raise SystemExit(3)")
    with capture_logs() as logs:
        until(lambda: own.engine.keep_warm() or bool(logs), "the end of the other")
    assert [line["status"] for line in logs] == [3]
    assert said(own.run(HELLO)) == ["hello"]
    assert own.starts == [True] * (ENOUGH + 1)
    assert old.is_running()
