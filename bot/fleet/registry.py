"""Knows which fleets exist on this machine: a name goes in, a folder owned by this process comes out.

A fleet belongs to whoever holds the lock on its folder. The kernel lets go of it when the owner dies in any way, so a
fleet whose lock is free and that nobody asked to keep is a leftover. Every other fact is found by the fleet's name.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from bot.errors import FleetBroken
from bot.fleet import cgroups, disk, host, net

ROOT = Path("/run/signalbox-fleet")
KEEP = "keep"


def folder(fleet: str) -> Path:
    """Where the fleet's keys, logs and plan are while it exists."""
    return ROOT / fleet


def fleets() -> list[str]:
    """The names of all fleets that exist, wanted or left over."""
    return sorted(path.name for path in ROOT.glob("*") if path.is_dir())


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Hold the machine's one lock on making and removing fleets; the folder it is on goes with the last fleet."""
    descriptor = _lock_root()
    try:
        yield
        with contextlib.suppress(OSError):
            ROOT.rmdir()
    finally:
        os.close(descriptor)


def claim(fleet: str, *, keep: bool) -> int:
    """Make the fleet's folder and take its lock; returns the descriptor that holds it.

    Call it with the registry locked. FleetBroken when another process holds the lock.
    """
    folder(fleet).mkdir(mode=0o700, exist_ok=True)
    try:
        descriptor = _try_lock(folder(fleet))
    except BlockingIOError as error:
        raise FleetBroken(f"The fleet {fleet} is in another process's hands.", "Wait for it, or end it.") from error
    if keep:
        (folder(fleet) / KEEP).touch()
    return descriptor


def sweep() -> list[str]:
    """Remove every fleet whose owner died, and return their names; call it with the registry locked."""
    swept = []
    for fleet in fleets():
        if (folder(fleet) / KEEP).exists():
            continue
        with contextlib.suppress(BlockingIOError):
            descriptor = _try_lock(folder(fleet))
            try:
                remove(fleet)
            finally:
                os.close(descriptor)
            swept.append(fleet)
    return swept


def take_down(fleet: str) -> None:
    """Remove a fleet that was kept; nothing is done when it is not there, FleetBroken when a process still owns it."""
    with locked():
        if fleet in fleets():
            descriptor = claim(fleet, keep=True)
            try:
                remove(fleet)
            finally:
                os.close(descriptor)


def remove(fleet: str) -> None:
    """End and remove everything that carries the fleet's name: processes, namespaces, mounts, files in this order."""
    cgroups.kill(fleet)
    cgroups.remove_top()
    net.remove(fleet)
    disk.remove(folder(fleet))
    for kind in ("propagate", "unix-export"):
        for left in (host.RUNTIME / kind).glob(f"{fleet}-*"):
            shutil.rmtree(left, ignore_errors=True)
    # Last, because as long as the folder is there, the next sweep knows of whatever could not be removed.
    shutil.rmtree(folder(fleet))


def _lock_root() -> int:
    while True:
        ROOT.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(ROOT, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # The folder may have been removed, or removed and made again, while this waited for the lock on it.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(ROOT.stat(), os.fstat(descriptor)):
                return descriptor
        os.close(descriptor)


def _try_lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    return descriptor
