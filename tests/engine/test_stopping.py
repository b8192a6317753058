"""Cancel and timeout: everything on the controller ends within a second, and nothing stays behind."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bot.engine import Sweep
from bot.engine.sweep import SILENT_SECONDS
from bot.model.event import ENDED
from bot.model.status import RunStatus
from tests.engine.world import Project
from tests.queue.workers import gone

SLEEPER = f"61.{os.getpid():07}"


def sleepers() -> list[int]:
    """Processes that sleep for our own, odd time: that of this test process."""
    return [process.pid for process in psutil.process_iter(["cmdline"]) if SLEEPER in (process.info["cmdline"] or ())]


class WhenAsleep:
    """Somebody who cancels as soon as the hosts sleep."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.slept = False

    def __call__(self) -> bool:
        """Whether they sleep, or have slept."""
        self.slept = self.slept or len(sleepers()) >= self.count
        return self.slept


def test_cancel_ends_ansible_its_workers_and_what_they_started(project: Project) -> None:
    """Given three hosts asleep, when somebody cancels, then the run ends and no process is left."""
    told = project.run([{"command": f"sleep {SLEEPER}"}], hosts=("a", "b", "c"), cancel=WhenAsleep(3))
    assert told.outcome is not None
    assert told.outcome.status is RunStatus.CANCELED
    assert set(told.outcome.busy_hosts) == {"a", "b", "c"}
    assert told.outcome.reason == "It was canceled; maybe still busy: a, b, c."
    assert sleepers() == []
    assert told.events[-1].kind == ENDED
    assert told.events[-1].data["busy_hosts"] == list(told.outcome.busy_hosts)


@pytest.mark.parametrize(
    "how", ["nohup sh -c 'sleep {s}' >/dev/null 2>&1 & sleep {s}", "trap '' TERM; sleep {s}; sleep {s}"]
)
def test_cancel_ends_what_would_not_end_by_itself(project: Project, how: str) -> None:
    """Given a command that hides in the background or ignores SIGTERM, when canceled, then that is gone too."""
    asked = WhenAsleep(1)
    told = project.run([{"shell": how.format(s=SLEEPER)}], cancel=asked)
    assert told.outcome is not None
    assert told.outcome.status is RunStatus.CANCELED
    assert sleepers() == []


def test_canceled_modules_leave_no_arguments_behind(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a module with a secret under way, when canceled, then no file with it stays in the controller's home."""
    home = tmp_path / "someone"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    told = project.run(
        [{"command": {"cmd": f"sleep {SLEEPER}", "stdin": "{{ pin }}"}}],
        secrets={"pin": "rosebud-7731"},
        cancel=WhenAsleep(1),
    )
    assert told.outcome is not None
    assert told.outcome.status is RunStatus.CANCELED
    left = [path for path in home.rglob("*") if path.is_file() and "rosebud-7731" in path.read_text(errors="replace")]
    assert left == []


def test_a_run_that_takes_too_long_is_ended(project: Project) -> None:
    """Given a timeout of two seconds, when a host sleeps longer, then the run ends as `timeout` and says so."""
    told = project.run([{"command": f"sleep {SLEEPER}"}], timeout=3)
    assert told.outcome is not None
    assert told.outcome.status is RunStatus.TIMEOUT
    assert told.outcome.reason == "It took longer than its 3 s and was ended; maybe still busy: web1."
    assert sleepers() == []


def test_who_cannot_be_asked_has_not_canceled(project: Project) -> None:
    """Given Redis away, when the engine asks whether somebody canceled, then the run goes on."""

    def away() -> bool:
        raise ConnectionError("Redis is away")

    told = project.run([{"command": "sleep 0.5"}], cancel=away)
    assert told.outcome is not None
    assert told.outcome.status is RunStatus.SUCCESSFUL


def test_a_cancel_before_the_first_task(project: Project) -> None:
    """Given somebody who canceled already, when the run starts, then no task is carried out."""
    told = project.run([{"command": "sleep 0.1"}, {"command": f"sleep {SLEEPER}"}], cancel=lambda: True)
    assert told.outcome is not None
    assert told.outcome.status is RunStatus.CANCELED
    assert sleepers() == []


KILLED = """
import sys
from pathlib import Path
from bot.engine.real import AnsibleEngine
from tests.engine.world import a_plan
plan = a_plan(playbook="playbooks/play.yml")
AnsibleEngine(Path(sys.argv[1]), Path(sys.argv[2])).carry_out(9, plan, {}, print, lambda: False)
"""


def test_a_killed_worker_takes_its_run_along(project: Project) -> None:
    """Given a worker that is killed, when it is gone, then so is its playbook; a sweep ends what that leaves behind."""
    project.hosts("web1")
    project.playbook([{"command": f"sleep {SLEEPER}"}])
    command = [sys.executable, "-c", KILLED, str(project.root), str(project.home)]
    repository = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=repository, stdout=subprocess.DEVNULL) as worker:
        wait_until(lambda: bool(sleepers()))
        (playbook,) = psutil.Process(worker.pid).children()
        worker.kill()
    wait_until(lambda: gone(playbook.pid))
    sweep = Sweep(project.home, lambda _: False, iter([0.0, SILENT_SECONDS]).__next__)
    assert [sweep.look(), sweep.look()] == [[], [9]]
    wait_until(lambda: not sleepers())
    assert list((project.home / "runs").iterdir()) == []


def wait_until(so: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something that comes when it comes; fail when it never does."""
    deadline = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
