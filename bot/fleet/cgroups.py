"""Knows hosts by control group: a host's name goes in; its processes are counted, killed and removed by membership."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from bot.errors import FleetBroken

MOUNT = Path("/sys/fs/cgroup")
TOP = "signalbox-fleet"
PAYLOAD = "payload"  # systemd-nspawn's name for the group of what runs on the host itself
TIDY_SECONDS = 2.0
KILL_SECONDS = 10.0


def hierarchies(mount: Path = MOUNT) -> list[Path]:
    """Where process trees are kept here: one place with cgroup v2, two where v1 and unified are mounted together.

    The v1 resource controllers are left alone: they carry no trees, only limits that belong to the machine.
    """
    if (mount / "cgroup.procs").exists():
        return [mount]
    found = [mount / name for name in ("systemd", "unified") if (mount / name / "cgroup.procs").exists()]
    if not found:
        raise FleetBroken("No cgroup hierarchy for process trees is mounted; mount cgroup2 on /sys/fs/cgroup.")
    return found


def groups(name: str) -> list[Path]:
    """The directories of group `name` (`fleet` or `fleet/host`), one for each hierarchy, made or not."""
    return [hierarchy / TOP / name for hierarchy in hierarchies()]


def pids(name: str, *, inside: str | None = None) -> set[int]:
    """Every process in group `name` and below it, or only those that stand inside a group called `inside` there."""
    return {pid for group in groups(name) for pid in _members(group, inside)}


def kill(name: str) -> None:
    """Kill every process in group `name` and below, and remove the group; nothing is done when it is not there.

    What runs on the hosts goes first, so that the tools that keep them see them go, tidy up and leave by themselves.
    """
    if payload := pids(name, inside=PAYLOAD):
        _signal(payload)
        _wait_empty(name, TIDY_SECONDS, PAYLOAD)
    if left := _wait_empty(name, KILL_SECONDS):
        raise FleetBroken(f"Processes {sorted(left)} of {name} outlived SIGKILL for {KILL_SECONDS:g} s.")
    deadline = time.monotonic() + KILL_SECONDS
    for group in groups(name):
        _remove(group, deadline)


def remove_top() -> None:
    """Remove the group that holds all fleets, when none is left in it."""
    for group in groups(""):
        with contextlib.suppress(OSError):
            group.rmdir()


def _wait_empty(name: str, seconds: float, inside: str | None = None) -> set[int]:
    """Signal who stands `inside` until all of group `name` is empty, for at most `seconds`; returns who is left."""
    deadline = time.monotonic() + seconds
    while (members := pids(name)) and time.monotonic() < deadline:
        _signal(pids(name, inside=inside))
        time.sleep(0.01)
    return members


def _signal(members: set[int]) -> None:
    for pid in members:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _members(group: Path, inside: str | None) -> Iterator[int]:
    for folder, _, _ in os.walk(group):
        if inside is None or inside in Path(folder).relative_to(group).parts:
            # A group may go between being listed and being read, with all its members.
            with contextlib.suppress(OSError):
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
                raise FleetBroken(f"The cgroup {folder} can't be removed: {error.strerror}.") from error
            time.sleep(0.01)
