"""The disks of hosts: a tree that all share goes in, one writable root file system for each host comes out.

A disk is an overlay over the shared tree. What a host writes lies in a tmpfs of its fleet, outlives the host's reboots
and halts, and goes with the fleet.
"""

import shutil
from pathlib import Path

from bot.fleet.shell import run

MOUNTS = Path("/proc/self/mounts")


def root(folder: Path, host: str) -> Path:
    """Where the host's root file system is, while it is mounted."""
    return _disk(folder, host) / "root"


def upper(folder: Path, host: str) -> Path:
    """The folder with what the host has changed."""
    return _disk(folder, host) / "upper"


def exists(folder: Path, host: str) -> bool:
    """True while the host has a disk, whether or not it runs."""
    return upper(folder, host).is_dir()


def attach(folder: Path, host: str, tree: Path) -> None:
    """Mount the host's disk over the shared `tree`; nothing is done when it is mounted."""
    if str(root(folder, host)) in mounted(folder):
        return
    prepare(folder, host)
    for name in ("upper", "work", "root"):
        (_disk(folder, host) / name).mkdir(parents=True, exist_ok=True)
    # Without an index a disk that was saved can be laid over the same tree again.
    layers = f"lowerdir={tree},upperdir={upper(folder, host)},workdir={_disk(folder, host) / 'work'},index=off"
    run(["mount", "-t", "overlay", "-o", layers, "fleet", str(root(folder, host))])


def prepare(folder: Path, host: str) -> Path:
    """See to the place for disks; returns the folder for what the host has changed, made or not."""
    if str(folder / "disks") not in mounted(folder):
        (folder / "disks").mkdir(exist_ok=True)
        run(["mount", "-t", "tmpfs", "-o", "mode=0755", "fleet", str(folder / "disks")])
    return upper(folder, host)


def wipe(folder: Path, host: str) -> None:
    """Forget what the host has written; call it when the host is down."""
    _unmount(folder, str(root(folder, host)))
    shutil.rmtree(_disk(folder, host), ignore_errors=True)


def remove(folder: Path) -> None:
    """Unmount everything below the fleet's folder."""
    _unmount(folder, str(folder))


def mounted(folder: Path) -> list[str]:
    """All mount points below `folder`, in the order in which they were mounted."""
    points = [line.split()[1] for line in MOUNTS.read_text().splitlines()]
    return [point for point in points if point.startswith(f"{folder}/")]


def _unmount(folder: Path, below: str) -> None:
    for point in reversed(mounted(folder)):
        if point == below or point.startswith(f"{below}/"):
            run(["umount", "--lazy", point])


def _disk(folder: Path, host: str) -> Path:
    return folder / "disks" / host
