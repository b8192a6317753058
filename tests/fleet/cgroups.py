"""Keeps every host in control groups of its own: a host's name goes in; it is counted, killed and removed by membership."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from .shell import FleetError

MOUNT = Path("/sys/fs/cgroup")
TOP = "signalbox-fleet"
KILL_SECONDS = 10.0


def hierarchies(mount: Path = MOUNT) -> list[Path]:
    """Where process trees are kept here: one place with cgroup v2, two where v1 and unified are mounted together.

    The v1 resource controllers are left alone: they carry no trees, only limits that belong to the machine.
    """
    if (mount / "cgroup.procs").exists():
        return [mount]
    found = [mount / name for name in ("systemd", "unified") if (mount / name / "cgroup.procs").exists()]
    if not found:
        raise FleetError("No cgroup hierarchy for process trees is mounted; mount cgroup2 on /sys/fs/cgroup.")
    return found


def groups(name: str) -> list[Path]:
    """The directories of group `name` (`fleet` or `fleet/host`), one for each hierarchy, made or not."""
    return [hierarchy / TOP / name for hierarchy in hierarchies()]


def pids(name: str) -> set[int]:
    """Every process in group `name` and below it."""
    return {pid for group in groups(name) for pid in _members(group)}


def kill(name: str) -> None:
    """Kill every process in group `name` and below, and remove the group; nothing is done when it is not there."""
    deadline = time.monotonic() + KILL_SECONDS
    while members := pids(name):
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise FleetError(f"Processes {sorted(members)} of {name} outlived SIGKILL for {KILL_SECONDS:g} s.")
        time.sleep(0.01)
    for group in groups(name):
        _remove(group, deadline)


def remove_top() -> None:
    """Remove the group that holds all fleets, when none is left in it."""
    for group in groups(""):
        with contextlib.suppress(OSError):
            group.rmdir()


def _members(group: Path) -> Iterator[int]:
    for folder, _, _ in os.walk(group):
        # A group may go between being listed and being read, with all its members.
        with contextlib.suppress(FileNotFoundError, OSError):
            yield from map(int, (Path(folder) / "cgroup.procs").read_text().split())


def _remove(group: Path, deadline: float) -> None:
    for folder, _, _ in os.walk(group, topdown=False):
        _rmdir(Path(folder), deadline)


def _rmdir(folder: Path, deadline: float) -> None:
    # The kernel empties a group a moment after its last process is gone; until then rmdir says busy.
    while folder.is_dir():
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise FleetError(f"The cgroup {folder} can't be removed: {error.strerror}.") from error
            time.sleep(0.01)
