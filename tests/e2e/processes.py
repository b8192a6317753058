"""A folder goes in; the processes of this machine that know it, by their environment or command line, come out."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
PROC = Path("/proc")


def texts(pid: int) -> tuple[bytes, bytes]:
    """(command line, environment) of a process; empty when it is gone or another user's."""
    return _read(pid, "cmdline"), _read(pid, "environ")


def of(folder: Path) -> list[int]:
    """Processes that have the path of `folder` in their command line or environment, this one left out."""
    wanted = os.fsencode(folder)
    return [pid for pid in pids() if pid != os.getpid() and any(wanted in text for text in texts(pid))]


def named(folder: Path, *words: str) -> list[int]:
    """Those of them whose command line has all the words."""
    return [pid for pid in of(folder) if all(word in command(pid).split() for word in words)]


def command(pid: int) -> str:
    """The command line as people read it."""
    return _read(pid, "cmdline").replace(b"\0", b" ").decode("utf-8", "replace").strip()


def children(pid: int) -> list[int]:
    """Processes whose parent is `pid`."""
    return [int(word) for word in _read(pid, f"task/{pid}/children").split()]


def parent(pid: int) -> int:
    """The process that made it; 0 when it is gone."""
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else 0


def described(pids: list[int]) -> str:
    """Lines for an assertion's message."""
    return "\n".join(f"{pid} {command(pid)[:200]}" for pid in pids)


def await_none(folder: Path, seconds: float = 10) -> list[int]:
    """Wait until no process of `folder` is left; those that still are, otherwise."""
    deadline = time.monotonic() + seconds
    while (left := of(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def kill_all(folder: Path) -> None:
    """SIGKILL for every process of `folder`, and for what they start meanwhile."""
    for _ in range(20):
        for pid in of(folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not await_none(folder, 0.3):
            return


def until(look: Callable[[], T], seconds: float = 60, what: str = "") -> T:
    """What `look` returns as soon as it is true; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not seen within {seconds:g} s: {what or look}"
        time.sleep(0.05)
    return seen


def pids() -> Iterator[int]:
    """Every process of this machine."""
    for entry in PROC.iterdir():
        if entry.name.isdecimal():
            yield int(entry.name)


def _read(pid: int, name: str) -> bytes:
    try:
        return (PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""
