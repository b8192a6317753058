"""Disks on a shelf: a running fleet goes in, one archive for each host comes out, and the other way round.

What is saved is what hosts have written over the tree that all share, so a snapshot fits that very tree only. A host
stands still while its disk is read. Memory is not saved: restored, a host boots.
"""

import contextlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import FleetBroken
from bot.fleet import cgroups
from bot.fleet.shell import run

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
ABOUT = "about.json"
FREEZE_SECONDS = 10.0
ARCHIVE_SECONDS = 600.0
_TAR = ("tar", "--numeric-owner", "--xattrs", "--xattrs-include=*", "--acls")


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """What was saved: the name of the shared tree, and the hosts with their groups."""

    tree: str
    hosts: Mapping[str, tuple[str, ...]]


def names(shelf: Path) -> list[str]:
    """The snapshots on the shelf."""
    return sorted(path.parent.name for path in shelf.glob(f"*/{ABOUT}"))


def save(shelf: Path, name: str, snapshot: Snapshot, disks: Mapping[str, tuple[str, Path]]) -> None:
    """Archive `disks` (host to its cgroup and the folder of what it wrote); an earlier one of this name is replaced."""
    target = _place(shelf, name)
    shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".saving-", dir=shelf))
    try:
        for host, (group, folder) in disks.items():
            with frozen(group):
                archive = str(work / f"{host}.tar")
                run([*_TAR, "--create", "--file", archive, "--directory", str(folder), "."], timeout=ARCHIVE_SECONDS)
        about = {"tree": snapshot.tree, "hosts": snapshot.hosts}
        (work / ABOUT).write_text(json.dumps(about, indent=2))
        shutil.rmtree(target, ignore_errors=True)
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def find(shelf: Path, name: str) -> Snapshot:
    """What is on the shelf under `name`; FleetBroken when there is no such snapshot."""
    try:
        kept = json.loads((_place(shelf, name) / ABOUT).read_text())
    except FileNotFoundError:
        there = ", ".join(names(shelf)) or "none"
        raise FleetBroken(f"There is no snapshot {name}.", f"There are: {there}.") from None
    return Snapshot(tree=kept["tree"], hosts={host: tuple(groups) for host, groups in kept["hosts"].items()})


def discard(shelf: Path, name: str) -> None:
    """Take a snapshot off the shelf; FleetBroken when there is none of this name."""
    find(shelf, name)
    shutil.rmtree(_place(shelf, name))


def unpack(shelf: Path, name: str, host: str, folder: Path) -> None:
    """Put what the host had written into the empty folder `folder`."""
    folder.mkdir(parents=True)
    archive = str(_place(shelf, name) / f"{host}.tar")
    run([*_TAR, "--extract", "--preserve-permissions", "--file", archive, "--directory", str(folder)], timeout=600)


@contextlib.contextmanager
def frozen(group: str) -> Iterator[None]:
    """Stop everything in the cgroup `group` where it stands; it goes on in any case afterwards."""
    place = cgroups.groups(group)[-1]  # the one of version 2, where there are two
    if not place.is_dir():
        yield  # a host that is halted stands still
        return
    (place / "cgroup.freeze").write_text("1")
    try:
        deadline = time.monotonic() + FREEZE_SECONDS
        while "frozen 1" not in (place / "cgroup.events").read_text():
            if time.monotonic() > deadline:
                raise FleetBroken(f"{group} does not stand still within {FREEZE_SECONDS:g} s.", "Try again.")
            time.sleep(0.01)
        yield
    finally:
        (place / "cgroup.freeze").write_text("0")


def fits(snapshot: Snapshot, tree: str) -> None:
    """FleetBroken unless the snapshot was made over `tree`."""
    if snapshot.tree != tree:
        raise FleetBroken("The snapshot was made with another root file system.", "Make the hosts anew and save again.")


def _place(shelf: Path, name: str) -> Path:
    if not NAME.fullmatch(name):
        raise FleetBroken(
            f"{name[:40]!r} can't name a snapshot.",
            "Use up to 40 small letters, digits, dots, hyphens and underscores.",
        )
    return shelf / name
