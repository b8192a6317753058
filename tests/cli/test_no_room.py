"""A home on a read-only disk: every process says so in a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.queue import installation_key

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")

ROOT = str(Path(__file__).parents[2])
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "SLACK_API_URL": "http://127.0.0.1:1/api/"}
ELSEWHERE = {
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "DATABASE_URL": "postgresql://127.0.0.1:1/none",
    "SIGNALBOX_KEY": "A" * 43 + "=",
}
PROCESSES = (["chat", "-c", "help"], ["up"], ["worker"], ["relay"], ["sense"], ["serve"])


def start(home: Path, arguments: list[str], more: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A process with that home, to its end."""
    own = {"PYTHONPATH": ROOT, "SIGNALBOX_PROJECT": ROOT, "SIGNALBOX_HOME": str(home), "PORT": "0"}
    environment = {"PATH": os.environ["PATH"], **own, **more}
    argv = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False, timeout=60)


def read_only(disk: Path) -> None:
    """From now on."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)


def is_a_sentence(ended: subprocess.CompletedProcess[str]) -> bool:
    """Whether it said what is wrong, and nothing else."""
    said = ended.stderr.startswith("The disk refuses: Read-only file system (")
    return said and "Traceback" not in ended.stderr and (ended.returncode, ended.stdout) == (2, "")


@pytest.mark.parametrize("arguments", [*PROCESSES, ["export"]])
def test_a_read_only_home_is_a_sentence(small_disk: Path, arguments: list[str]) -> None:
    """Given a disk that is read-only, when a process is started, then it names the place and ends with status 2."""
    read_only(small_disk)
    ended = start(small_disk / "home", arguments, {})
    assert is_a_sentence(ended), ended


@pytest.mark.parametrize("arguments", PROCESSES)
def test_a_home_in_use_that_has_become_read_only_is_one_too(small_disk: Path, arguments: list[str]) -> None:
    """Given a home with its key on a disk that is read-only by now, when a process is started, then it says so."""
    home = small_disk / "home"
    installation_key(home)
    read_only(small_disk)
    ended = start(home, arguments, {})
    assert is_a_sentence(ended), ended
    assert str(home) in ended.stderr


@pytest.mark.parametrize("used", [False, True])
def test_with_slack_it_is_said_before_anything_listens(small_disk: Path, used: bool) -> None:
    """Given Slack, when serve is started on a read-only disk, then it says so, and no server of HTTP ever began."""
    if used:
        installation_key(small_disk / "home")
    read_only(small_disk)
    ended = start(small_disk / "home", ["serve"], SLACK)
    assert is_a_sentence(ended), ended
    assert "Starting gunicorn" not in ended.stderr


def test_who_runs_playbooks_needs_a_home_in_any_case(small_disk: Path) -> None:
    """Given all state elsewhere, when a worker is started on a read-only disk, then it says so: runs have folders."""
    read_only(small_disk)
    ended = start(small_disk / "home", ["worker"], ELSEWHERE)
    assert is_a_sentence(ended), ended


def test_who_keeps_nothing_there_needs_no_home(small_disk: Path) -> None:
    """Given all state elsewhere, when a relay is started on a read-only disk, then it fails for want of those alone."""
    read_only(small_disk)
    ended = start(small_disk / "home", ["relay"], ELSEWHERE)
    assert ended.returncode == 2
    assert "disk" not in ended.stderr
