"""Children under a supervisor: started again when they die, ended when it ends, gone when it is killed."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.supervise import Child, Supervisor, processes
from bot.supervise.processes import tied

from .conftest import gone, until

ROOT = Path(__file__).parents[2]
APPEND = "import os, sys; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n')\n"
"""What every child does first: one line with its pid in the file named by its argument."""

WAIT = "import time\nwhile True: time.sleep(60)\n"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
POLITE = """
import signal, threading
asked = threading.Event()
def end(*_):
    open(sys.argv[1] + '.terms', 'a').write('term\\n')
    asked.set()
signal.signal(signal.SIGTERM, end)
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """One whose children write to a log; whatever is left of them is ended with the test."""
    supervisor = Supervisor(tmp_path / "log")
    yield supervisor
    supervisor.end()


class Clock:
    """A clock that stands still until the test moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The supervisor's clock."""
    clock = Clock()
    monkeypatch.setattr(processes, "time", clock)
    return clock


def child(name: str, code: str, file: Path, grace: float = 30) -> Child:
    """A Python child."""
    return Child(name=name, argv=(sys.executable, "-c", code, str(file)), grace=grace)


def pids(file: Path) -> list[int]:
    """The pids of all children that began, oldest first."""
    return [int(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_a_child_runs_apart_with_its_environment(supervisor: Supervisor, tmp_path: Path) -> None:
    """Given a child, when it is started, then it has its environment, no input, our log, and a session of its own."""
    code = "import os, sys; print(os.environ['WORD'], sys.stdin.read() == '', os.getsid(0) == os.getpid())"
    supervisor.start(Child(name="c", argv=(sys.executable, "-c", code), environment={"WORD": "said"}))
    until(lambda: "said True True" in (tmp_path / "log").read_text(), "the child's words")


def test_a_dying_child_is_started_ever_more_slowly(supervisor: Supervisor, clock: Clock, tmp_path: Path) -> None:
    """Given a child that dies at once, when it is looked after, then each new start waits longer, up to 15 seconds."""
    file = tmp_path / "pids"
    supervisor.start(child("c", APPEND, file))
    for starts, pause in enumerate([1.0, 5.0, 15.0, 15.0], start=1):
        until(lambda: len(pids(file)) == starts and gone(pids(file)[-1]), "the child to die")  # noqa: B023
        until(lambda: supervisor._running[0].process.poll() is not None, "its death to show")
        supervisor.mind()
        clock.now += pause - 0.01
        supervisor.mind()
        assert supervisor._running[0].process.poll() is not None
        clock.now += 0.02
        supervisor.mind()
    until(lambda: len(pids(file)) == 5, "the fifth start")
    assert len(set(pids(file))) == 5


def test_a_steady_child_is_started_again_soon(supervisor: Supervisor, clock: Clock, tmp_path: Path) -> None:
    """Given a child that ran for long, when it is killed, then it is back after a fifth of a second."""
    file = tmp_path / "pids"
    supervisor.start(child("c", APPEND + WAIT, file))
    until(lambda: pids(file), "the child")
    clock.now += processes.STEADY_SECONDS + 1
    os.kill(pids(file)[0], 9)
    until(lambda: supervisor._running[0].process.poll() is not None, "its death to show")
    supervisor.mind()
    clock.now += 0.25
    supervisor.mind()
    until(lambda: len(pids(file)) == 2, "the second start")


def test_a_living_child_is_left_alone(supervisor: Supervisor, tmp_path: Path) -> None:
    """Given a living child beside one that died, when both are looked after, then the living one is let be."""
    living, dying = tmp_path / "living", tmp_path / "dying"
    supervisor.start(child("living", APPEND + WAIT, living))
    supervisor.start(child("dying", APPEND, dying))
    until(lambda: pids(living), "the child")

    def second() -> bool:
        supervisor.mind()
        return len(pids(dying)) == 2

    until(second, "the other to be started again")
    assert len(pids(living)) == 1
    assert not gone(pids(living)[0])


def test_a_child_that_may_end_rests_when_it_has(supervisor: Supervisor, clock: Clock, tmp_path: Path) -> None:
    """Given two children that may end, when one ends well and one badly, then only the second is started again."""
    for name, code in (("well", APPEND), ("badly", APPEND + "sys.exit(1)\n")):
        supervisor.start(replace(child(name, code, tmp_path / name), may_end=True))
    until(lambda: all(each.process.poll() is not None for each in supervisor._running), "both to end")
    supervisor.mind()
    clock.now += 20
    supervisor.mind()
    until(lambda: len(pids(tmp_path / "badly")) == 2, "the second start")
    assert len(pids(tmp_path / "well")) == 1


def test_a_program_that_is_not_there_stops_nobody(supervisor: Supervisor, tmp_path: Path) -> None:
    """Given a child whose program is missing beside a good one, when both are looked after, then the good one runs."""
    supervisor.start(Child(name="missing", argv=("/nowhere/program",)))
    supervisor.start(child("good", APPEND + WAIT, tmp_path / "pids"))
    until(lambda: pids(tmp_path / "pids"), "the good one")
    supervisor.mind()


def test_ending_asks_the_last_first(supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given three children, when the supervisor ends, then SIGTERM goes to them in reverse order, and all are gone."""
    for name in "abc":
        supervisor.start(child(name, APPEND + WAIT, tmp_path / name))
    until(lambda: all(pids(tmp_path / name) for name in "abc"), "the children")
    started = [running.process.pid for running in supervisor._running]
    asked: list[int] = []
    terminate = subprocess.Popen.terminate
    monkeypatch.setattr(subprocess.Popen, "terminate", lambda it: (asked.append(it.pid), terminate(it)))
    supervisor.end()
    assert asked == started[::-1]
    assert all(gone(pid) for pid in started)


def test_each_child_is_asked_once(supervisor: Supervisor, tmp_path: Path) -> None:
    """Given children that finish their work first, when the supervisor ends, then none gets a second SIGTERM."""
    code = APPEND + POLITE + "open(sys.argv[1] + '.ready', 'w')\nasked.wait()\nimport time; time.sleep(SECONDS)\n"
    for name, seconds in {"slow": 0.6, "quick": 0.2}.items():
        supervisor.start(child(name, code.replace("SECONDS", str(seconds)), tmp_path / name))
    until(lambda: all((tmp_path / f"{name}.ready").exists() for name in ("slow", "quick")), "the children")
    processes_ = [running.process for running in supervisor._running]
    supervisor.end()
    assert [process.returncode for process in processes_] == [0, 0]
    assert [(tmp_path / f"{name}.terms").read_text() for name in ("slow", "quick")] == ["term\n", "term\n"]


def test_who_stays_ends_last_and_is_kept_alive_until_then(supervisor: Supervisor, tmp_path: Path) -> None:
    """Given one that takes in what others do, when it is killed while they end, then it is there again, and ends last.

    Nobody else is started again.
    """
    stays, quick, slow = (tmp_path / name for name in ("stays", "quick", "slow"))
    finishing = "open(sys.argv[1] + '.ready', 'w')\nasked.wait()\nimport os, time\n"
    finishing += "while not os.path.exists(sys.argv[1] + '.may'): time.sleep(0.01)\n"
    supervisor.start(replace(child("stays", APPEND + WAIT, stays), stays=True))
    supervisor.start(child("quick", APPEND + WAIT, quick))
    supervisor.start(child("slow", APPEND + POLITE + finishing, slow))
    until(lambda: pids(stays) and pids(quick) and (tmp_path / "slow.ready").exists(), "the children")
    began = time.monotonic()
    os.kill(pids(stays)[0], 9)

    def rest(seconds: float) -> bool:
        supervisor.mind()
        time.sleep(seconds)
        if len(pids(stays)) == 2 and time.monotonic() > began + 2 * processes.RESTART_SECONDS[1]:
            assert gone(pids(slow)[0]) or not gone(pids(stays)[1])
            (tmp_path / "slow.may").touch()
        return False

    supervisor.end(rest)
    assert [len(pids(file)) for file in (stays, quick, slow)] == [2, 1, 1]
    assert gone(pids(stays)[1])


def test_who_is_to_hurry_has_no_grace(supervisor: Supervisor, tmp_path: Path) -> None:
    """Given a child with an hour, when the end is to be a quick one, then it is asked once more, and then killed."""
    code = APPEND + POLITE + "open(sys.argv[1] + '.ready', 'w')\n" + WAIT
    supervisor.start(child("slow", code, tmp_path / "slow", grace=3600))
    until((tmp_path / "slow.ready").exists, "the child")

    def rest(seconds: float) -> bool:
        time.sleep(seconds)
        return True

    supervisor.end(rest)
    assert (tmp_path / "slow.terms").read_text() == "term\nterm\n"
    assert gone(pids(tmp_path / "slow")[0])


def test_who_does_not_end_is_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    """Given children that pass over SIGTERM, when the supervisor ends, then all are killed, side by side."""
    files = [tmp_path / str(number) for number in range(8)]
    for file in files:
        supervisor.start(child(file.name, STUBBORN + APPEND + WAIT, file, grace=2))
    until(lambda: all(pids(file) for file in files), "the children")
    began = time.monotonic()
    supervisor.end()
    assert time.monotonic() - began < 16  # one after the other would take sixteen seconds at least
    assert all(gone(pids(file)[0]) for file in files)


def test_nobody_is_started_after_the_end(supervisor: Supervisor, clock: Clock, tmp_path: Path) -> None:
    """Given a child that died and is to be started again, when the supervisor ends first, then it stays dead."""
    file = tmp_path / "pids"
    supervisor.start(child("c", APPEND, file))
    until(lambda: supervisor._running[0].process.poll() is not None, "the child to die")
    supervisor.mind()
    supervisor.end()
    clock.now += 60
    supervisor.mind()
    assert len(pids(file)) == 1


def test_children_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    """Given a supervisor with two children, when it is killed, then both children end."""
    script = (
        "import sys\n"
        "from bot.supervise import Child, Supervisor\n"
        "supervisor = Supervisor()\n"
        "for name in ('a', 'b'):\n"
        "    supervisor.start(Child(name=name, argv=(sys.executable, '-c', sys.argv[1], sys.argv[2] + name)))\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, APPEND + WAIT, f"{tmp_path}/"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as starter:
        until(lambda: pids(tmp_path / "a") and pids(tmp_path / "b"), "the children")
        starter.kill()
    for name in ("a", "b"):
        until(lambda: gone(pids(tmp_path / name)[0]), "the children to end")  # noqa: B023


def test_where_there_is_no_setpriv_a_child_runs_untied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a machine without setpriv, when a command is tied to its starter, then it is left as it was."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tied(["redis-server", "--port", "0"]) == ["redis-server", "--port", "0"]
