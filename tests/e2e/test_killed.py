"""What people in a terminal see when processes are killed in the midst of a run, and that a new chat works.

Every process with runs in every phase: `tests/torture/test_matrix.py`.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.e2e import processes
from tests.e2e.place import Place
from tests.e2e.talk import Talking
from tests.torture.checks import LOST_SECONDS

WARM = "bot.engine.warm.server"
"""In the command line of the process in which Ansible waits for runs."""


@pytest.fixture
def under_way(place: Place) -> Talking:
    """A run of ten minutes on two local hosts that has begun."""
    talking = place.talking("run slow on web1,web2 in local seconds=600", json=True)
    talking.until(lambda out: out.count("Step 1 of 1") > 2)
    processes.until(lambda: len(sleeping(place)) == 2)
    return talking


def sleeping(place: Place) -> list[int]:
    """What the hosts do."""
    return [pid for pid in processes.of(place.home / "runs") if processes.command(pid).startswith("sleep")]


def workers(place: Place) -> list[int]:
    """Worker processes, without the children that carry out runs."""
    found = processes.named(place.root, "-m", "bot", "worker")
    forked = {child for pid in found for child in processes.children(pid)}
    return [pid for pid in found if pid not in forked]


def horse(place: Place) -> int:
    """The process that carries out the run."""
    return next(pid for worker in workers(place) for pid in horses(worker))


def horses(worker: int) -> list[int]:
    """What a worker has forked for runs: not the process in which Ansible waits."""
    commands = {pid: processes.command(pid) for pid in processes.children(worker)}
    return [pid for pid, command in commands.items() if command and WARM not in command]


def playbook(place: Place) -> int:
    """The eldest ansible-playbook of the run."""
    found = [pid for pid in processes.of(place.home / "runs") if "ansible-playbook" in processes.command(pid)]
    return min(found)


def named(place: Place, name: str) -> int:
    """The process of one subcommand."""
    return processes.named(place.root, "-m", "bot", name)[0]


def ended_at(place: Place, run_id: int) -> float:
    """When a run ended, as SQL has it: it does not count when we looked. Unix seconds."""
    (run,) = place.rows("SELECT ended_at FROM runs WHERE id = ?", run_id)
    return datetime.fromisoformat(run["ended_at"]).replace(tzinfo=UTC).timestamp()


def kill(pid: int) -> None:
    """As the kernel does it when memory runs out."""
    os.kill(pid, signal.SIGKILL)


def assert_nothing_runs(place: Place) -> None:
    """Nothing of the run is left on the controller."""
    processes.until(lambda: not processes.of(place.home / "runs"), 15, "the end of the run's processes")


def worker(place: Place) -> int:
    """The worker that has the run."""
    return processes.parent(horse(place))


@pytest.mark.parametrize("victim", [horse, worker])
def test_who_has_the_run_is_killed(place: Place, under_way: Talking, victim: Callable[[Place], int]) -> None:
    """The run is lost within 10 seconds, the hosts that may be busy are said, and its Ansible is gone."""
    pid, killed_at = victim(place), time.time()
    kill(pid)
    result = under_way.result()
    assert 0 < ended_at(place, 1) - killed_at < LOST_SECONDS
    assert (result.status, result.run["status"]) == (1, "lost")
    assert set(result.run["busy_hosts"]) == {"web1", "web2"}
    assert_nothing_runs(place)
    assert place.chat("run ping in local").status == 0


def test_ansible_is_killed(place: Place, under_way: Talking) -> None:
    """The run says that Ansible was ended from outside; its tasks do not go on, and their modules' files are gone."""
    place.note_modules()
    kill(playbook(place))
    result = under_way.result()
    assert result.status == 1
    assert result.run["status"] in {"failed", "error"}
    assert result.run["reason"]
    assert_nothing_runs(place)
    assert place.chat("run ping in local").status == 0


@pytest.mark.parametrize("name", ["relay", "redis"])
def test_the_relay_or_redis_is_killed_and_comes_back(place: Place, name: str) -> None:
    """Another one goes on from there: the run is successful, with every event stored once and in order."""
    talking = place.talking("run slow on web1,web2 in local seconds=1 steps=5", json=True)
    talking.until(lambda out: out.count("Step 1 of 5") > 2)
    if name == "relay":
        kill(named(place, "relay"))
    else:
        kill(next(pid for pid in processes.of(place.home) if "redis-server" in processes.command(pid)))
    result = talking.result()
    assert (result.status, result.run["status"]) == (0, "successful")
    counters = [row["counter"] for row in place.rows("SELECT counter FROM run_events WHERE run_id=1 ORDER BY counter")]
    assert counters == [event["counter"] for event in result.of("event")] == list(range(1, len(counters) + 1))
    assert place.rows("SELECT count(*) AS n FROM automation_events WHERE run_id=1 AND status='successful'") == [
        {"n": 1}
    ]


def test_the_chat_is_killed(place: Place, under_way: Talking) -> None:
    """Everything that it started ends by itself; the next chat finds the run and says how it ended."""
    kill(under_way.process.pid)
    under_way.close()
    left = processes.await_none(place.root, 40)
    assert not left, processes.described(left)
    assert place.status(1) == "canceled"
    result = place.chat("run slow on web1 in local seconds=8", "show 1")
    assert result.status == 0, result.out
    assert "Its worker was told to stop" in result.out


def test_the_supervisor_is_killed(place: Place, under_way: Talking) -> None:
    """The processes under it go with it, the chat says that Redis is gone, and the next chat starts anew."""
    kill(named(place, "up"))
    result = under_way.result()
    assert result.status in {1, 2}
    left = processes.await_none(place.root, 40)
    assert not left, processes.described(left)
    assert place.chat("run slow on web1 in local seconds=8").status == 0
    assert place.status(1) == "lost"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_chat_cancels_its_run(place: Place, under_way: Talking, number: signal.Signals) -> None:
    """Ctrl-C in a chat that only waits cancels the run, waits for its end, and leaves nothing."""
    place.note_modules()
    with contextlib.suppress(ProcessLookupError):
        under_way.process.send_signal(number)
    result = under_way.result()
    assert result.status == 130
    assert place.status(1) == "canceled"
    assert_nothing_runs(place)


def test_two_chats_share_one_stack_and_the_first_may_leave(place: Place) -> None:
    """The chat that started the stack leaves; the run of the other one goes on to its end."""
    first = place.talking("run slow on web1 in local seconds=2")
    first.until(lambda out: "Step 1" in out)
    second = place.talking("run slow on web2 in local seconds=4", json=True)
    second.until(lambda out: "Step 1" in out)
    assert first.result().status == 0
    result = second.result()
    assert (result.status, result.run["status"]) == (0, "successful")
    assert len(processes.named(place.root, "-m", "bot", "up")) == 0
