"""Children that are forked: they have our modules and nothing else of ours, and are supervised like all others."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from bot.supervise import Child, Supervisor
from bot.supervise.forked import can_fork

from .conftest import gone, until

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")

STARTER = """
import fcntl, os, signal, sys, time
from pathlib import Path
from bot.supervise import Alarm, Child, Supervisor, settle

folder = Path(sys.argv[1])
lock = (folder / "lock").open("w")
fcntl.flock(lock, fcntl.LOCK_EX)
common = object()

def work():
    files = sorted(int(name) for name in os.listdir("/proc/self/fd"))
    told = [os.getsid(0) == os.getpid(), signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
            sys.stdin.read() == "", os.environ["WORD"], id(common) == int(os.environ["COMMON"])]
    with (folder / "told").open("a") as file:
        file.write(f"{os.getpid()} {told} {[each for each in files if each > 3]}\\n")
    print("a word")
    sys.stdout.flush()
    time.sleep(600)
    return 0

settle()
alarm, supervisor = Alarm(), Supervisor(folder / "log")
shown = ("python", "-m", "somebody", *sys.argv[2:])
supervisor.start(Child(name="c", argv=shown, environment={"WORD": "said", "COMMON": str(id(common))}, work=work))
while not alarm.wait(0.1):
    supervisor.mind()
supervisor.end()
"""

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A supervisor in a process of its own, with one forked child; more words make the child's command line longer."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", STARTER, str(tmp_path), *words]
        started.append(subprocess.Popen(command, cwd=ROOT, start_new_session=True))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def told(folder: Path) -> list[str]:
    """What the children said, one line each."""
    file = folder / "told"
    return file.read_text().splitlines() if file.exists() else []


def pid(folder: Path, number: int = 0) -> int:
    """The pid of a child, once it has begun."""
    until(lambda: len(told(folder)) > number, "a child")
    return int(told(folder)[number].split()[0])


def test_a_forked_child_has_what_was_imported_and_nothing_else(start: Start, tmp_path: Path) -> None:
    """Given a supervisor that holds a lock, when it forks a child, then that has no file of it, and our log."""
    start()
    child = pid(tmp_path)
    assert told(tmp_path) == [f"{child} [True, True, True, 'said', True] []"]
    until(lambda: "a word" in (tmp_path / "log").read_text(), "the child's words")


@pytest.mark.parametrize("more", [(), ("--with", "many words " * 40)], ids=["short", "long"])
def test_lists_of_processes_show_what_it_does(start: Start, tmp_path: Path, more: tuple[str, ...]) -> None:
    """Given a forked child, when processes are listed, then its command line is its own, also one longer than ours."""
    start(*more)
    line = " ".join(psutil.Process(pid(tmp_path)).cmdline())
    assert line.startswith("python -m somebody")
    assert line.split() == ["python", "-m", "somebody", *" ".join(more).split()]


def test_one_that_is_killed_is_forked_again(start: Start, tmp_path: Path) -> None:
    """Given a forked child, when it is killed, then another one takes its place; asked to end, all end."""
    starter = start()
    first = pid(tmp_path)
    os.kill(first, signal.SIGKILL)
    second = pid(tmp_path, 1)
    assert second != first
    starter.terminate()
    assert starter.wait(60) == 0
    assert gone(second)


def test_it_does_not_outlive_its_supervisor(start: Start, tmp_path: Path) -> None:
    """Given a forked child, when its supervisor is killed, then it ends, and the lock is free."""
    starter = start()
    child = pid(tmp_path)
    starter.kill()
    until(lambda: gone(child), "the child to end")


def test_beside_other_threads_nothing_is_forked(tmp_path: Path) -> None:
    """Given another thread, which may hold any lock, when a child is started, then it is a program of its own."""
    stop, supervisor = threading.Event(), Supervisor(tmp_path / "log")
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert not can_fork()
        argv = (sys.executable, "-c", "print('by itself', flush=True)")
        supervisor.start(Child(name="c", argv=argv, work=lambda: 1 / 0))  # type: ignore[arg-type,return-value]
        until(lambda: "by itself" in (tmp_path / "log").read_text(), "its words")
    finally:
        stop.set()
        thread.join()
        supervisor.end()
