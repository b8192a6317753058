"""Workers and `up` are told to end while a run is under way: it ends as the setting says, SQL has its end, all is gone.

Each playbook writes down what it does, so that one that was carried out twice shows.
"""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.supervise import EmbeddedRedis
from tests.e2e import processes
from tests.e2e.place import Place

REASON = "Its worker was told to stop"
OLD_GRACE = 10
"""The seconds that `up` gives where nothing is set: a run that is to show that the setting counts takes longer."""


@pytest.fixture
def marked(place: Place) -> Place:
    """A place whose runbook `mark` writes `begin`, waits, and writes `end`, with the token that it was given."""
    place.playbook(
        "mark",
        [
            {"name": "Begin", "shell": f"echo {{{{ token }}}} begin >> {place.root}/marks"},
            {"name": "Wait", "command": "sleep {{ seconds }}"},
            {"name": "End", "shell": f"echo {{{{ token }}}} end >> {place.root}/marks"},
        ],
        parameters={"token": {"type": "str", "required": True}, "seconds": {"type": "int", "default": 0}},
    )
    place.commit()
    return place


def marks(place: Place) -> list[str]:
    """What playbooks have written so far."""
    file = place.root / "marks"
    return file.read_text().splitlines() if file.exists() else []


def ask(place: Place, token: str, seconds: int, until: str) -> None:
    """Ask for a run in a chat that is killed when it has said something: with `up` there the run goes on."""
    talking = place.talking(f"run mark on web1 in local token={token} seconds={seconds}", json=True)
    talking.until(lambda out: until in out)
    talking.process.kill()
    talking.close()


def begun(place: Place, token: str, seconds: int) -> None:
    """A run that has written its first line."""
    ask(place, token, seconds, "runner_on_start")
    processes.until(lambda: f"{token} begin" in marks(place), 60, f"{token} to begin")


def end_up(place: Place) -> int:
    """SIGTERM for `up`; its pid."""
    (pid,) = processes.named(place.root, "-m", "bot", "up")
    os.kill(pid, signal.SIGTERM)
    return pid


def ended(place: Place, run_id: int) -> tuple[str, str]:
    """Status and reason of a run in SQL, which has all of its end: recap, events, the audit's one row."""
    (run,) = place.rows("SELECT status, reason, recapped_at FROM runs WHERE id = ?", run_id)
    assert run["recapped_at"], run
    events = place.rows("SELECT counter, kind FROM run_events WHERE run_id = ? ORDER BY counter", run_id)
    assert [event["counter"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["kind"] == "run_ended"
    told = "SELECT count(*) AS n FROM automation_events WHERE run_id = ? AND result <> ''"
    assert place.rows(told, run_id) == [{"n": 1}]
    return str(run["status"]), str(run["reason"])


def listens(port: int) -> bool:
    """Whether anybody takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_up_lets_a_run_end_within_the_setting(marked: Place) -> None:
    """Given 60 seconds, when `up` is ended over a run that takes more than the usual ten, then it is successful."""
    with marked.up("--workers", "1", env={"SIGNALBOX_STOP_SECONDS": "60"}) as url:
        begun(marked, "long", OLD_GRACE + 3)
        end_up(marked)
        port = int(url.rpartition(":")[2])
        processes.until(lambda: not listens(port), 30, "the end of serve")
        assert "long end" not in marks(marked), "nothing new comes in meanwhile"
        marked.assert_quiet(90)
        assert ended(marked, 1) == ("successful", "")
    assert marks(marked) == ["long begin", "long end"]


def test_up_cancels_a_run_that_takes_longer_and_keeps_what_waits(marked: Place) -> None:
    """Given a second, when `up` ends over a long run and one behind it, then that is canceled, this one runs later."""
    with marked.up("--workers", "1", env={"SIGNALBOX_STOP_SECONDS": "1"}):
        begun(marked, "long", 600)
        ask(marked, "behind", 0, '"queued"')
        end_up(marked)
        marked.assert_quiet(60)
    status, reason = ended(marked, 1)
    assert (status, reason) == ("canceled", f"{REASON}; maybe still busy: web1.")
    assert marked.status(2) == "queued"
    with marked.up("--workers", "1"):
        assert marked.settled(2) == "successful"
    assert marks(marked) == ["long begin", "behind begin", "behind end"]


def test_a_second_signal_ends_up_at_once(marked: Place) -> None:
    """Given ten minutes, when `up` is told twice over a long run, then all is gone, and that is lost."""
    with marked.up("--workers", "1", env={"SIGNALBOX_STOP_SECONDS": "600"}):
        begun(marked, "long", 600)
        pid = end_up(marked)
        time.sleep(2)
        assert processes.command(pid), "the first signal waits for the run"
        os.kill(pid, signal.SIGTERM)
        marked.assert_quiet(60)
    with marked.up("--workers", "1"):
        assert marked.settled(1) == "lost"
    assert marks(marked) == ["long begin"]


@contextmanager
def _stores(place: Place) -> Iterator[None]:
    """Redis and a relay, without a supervisor."""
    place.home.mkdir(mode=0o700, exist_ok=True)
    redis = EmbeddedRedis(place.home)
    redis.start()
    place.extra["REDIS_URL"] = redis.url
    try:
        with place.process("relay"):
            yield
    finally:
        redis.end()


def test_a_worker_ends_its_run_when_the_setting_says_so(marked: Place) -> None:
    """Given two seconds, when a worker is ended over a long run, then people read why that ended, and it is gone."""
    with _stores(marked), marked.process("worker", env={"SIGNALBOX_STOP_SECONDS": "2"}) as worker:
        talking = marked.talking("run mark on web1 in local token=long seconds=600", json=True)
        processes.until(lambda: "long begin" in marks(marked), 60, "the run")
        worker.terminate()
        result = talking.result(60)
        assert (result.run["status"], result.run["busy_hosts"]) == ("canceled", ["web1"])
        assert result.run["reason"].startswith(REASON)
        assert worker.wait(30) == 0
    assert ended(marked, 1)[0] == "canceled"
    assert marks(marked) == ["long begin"]
