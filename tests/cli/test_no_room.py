"""A home on a read-only disk: every process says so in a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")


@pytest.mark.parametrize("arguments", [["chat", "-c", "help"], ["up"], ["worker"], ["relay"], ["export"]])
def test_a_read_only_home_is_a_sentence(small_disk: Path, arguments: list[str]) -> None:
    """Given a home that is read-only, when a process is started, then it names the place and ends with status 2."""
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    root = str(Path(__file__).parents[2])
    own = {"PYTHONPATH": root, "SIGNALBOX_PROJECT": root, "SIGNALBOX_HOME": str(small_disk / "home")}
    environment = {"PATH": os.environ["PATH"], **own}
    argv = [sys.executable, "-m", "bot", *arguments]
    ended = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 2
    assert ended.stderr.startswith("The disk refuses: Read-only file system (")
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
