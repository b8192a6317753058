"""What these tests are given: a home with a short path, and a way to wait and to look for processes."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest


@pytest.fixture
def home() -> Iterator[Path]:
    """A home; pytest's own folders are too deep for a socket's name."""
    folder = Path(tempfile.mkdtemp(prefix="signalbox-home-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def until(met: Callable[[], Any], what: str, seconds: float = 60) -> None:
    """Wait for something that must come; the bound is for machines under load, not a claim about speed."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.01)


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie that nobody has buried yet has)."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
