"""Keeps the one fleet of a home: what a person wants of it goes in, the states of its hosts come out as they change.

Two do the same: `RealKeeper` with hosts of their own (root on Linux), `LogicalKeeper` with names that are all this
machine (anybody), which says so.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bot.fleet import state
from bot.fleet.shell import is_root
from bot.fleet.state import HostState

Tell = Callable[[HostState], None]


class Keeper(Protocol):
    """What can be done with the fleet of a home; each call tells of every host it dealt with, FleetBroken otherwise."""

    def up(self, words: Sequence[str], tell: Tell) -> None:
        """Start the hosts that `words` name (names, or a number), and return when they answer."""

    def status(self) -> list[HostState]:
        """Every host of the fleet as it is now; none when the fleet is down."""

    def halt(self, names: Sequence[str], tell: Tell) -> None:
        """Stop these hosts (none: all) and keep their disks."""

    def down(self, names: Sequence[str], tell: Tell) -> None:
        """Stop these hosts and remove their disks (none: all); with the last of them the fleet goes without a trace."""

    def hurt(self, host: str, kind: str, detail: str, tell: Tell) -> None:
        """Do to the host what `kind` says; `detail` is the rate of `slow`, the folder of `full-disk`, or empty."""

    def heal(self, host: str, tell: Tell) -> None:
        """Undo everything that was done to the host."""

    def save(self, name: str, tell: Tell, names: Sequence[str] = ()) -> None:
        """Save the disks of these hosts (none: all that have one)."""

    def restore(self, name: str, tell: Tell, names: Sequence[str] = ()) -> None:
        """Bring these hosts of a snapshot back to it (none: all of it); other hosts are left alone."""

    def snapshots(self) -> Mapping[str, tuple[str, ...]]:
        """The names of all snapshots with the hosts that each holds."""

    def discard(self, name: str) -> None:
        """Remove a snapshot."""


def keeper(home: Path, *, logical: bool = False) -> Keeper:
    """The keeper for this home: of real hosts where they can be, or of what is there already."""
    from bot.fleet.logical import LogicalKeeper
    from bot.fleet.real import RealKeeper

    known = state.load(home)
    if logical or (not is_root() if known is None else known.kind == state.LOGICAL):
        return LogicalKeeper(home)
    return RealKeeper(home)
