"""A fleet for who is not root: names go in, hosts that are all this machine come out, and say so."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.errors import FleetBroken
from bot.fleet import names as naming
from bot.fleet import plan, state
from bot.fleet.keeper import Tell
from bot.fleet.state import HostState, Known

LOUD = "NOT A HOST OF ITS OWN: a name for this machine"
_WHY = "Hosts of their own need root on Linux."


class LogicalKeeper:
    """The Keeper of several names for this machine; what must not touch the machine itself is refused."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def up(self, words: Sequence[str], tell: Tell) -> None:
        """Note the names; nothing is started."""
        known = self._known()
        there = dict(known.groups) if known else {}
        wanted = naming.wanted(words, list(there))
        groups = plan.check(state.fleet_name(self._home), {**naming.groups(wanted), **there})
        self._save(groups)
        for host in wanted:
            tell(HostState(host=host, state="running", message=LOUD))

    def status(self) -> list[HostState]:
        """Every name."""
        known = self._known()
        return [HostState(host=host, state="running", message=LOUD) for host in (known.groups if known else ())]

    def halt(self, names: Sequence[str], tell: Tell) -> None:
        """The same as down: there is no disk to keep."""
        self.down(names, tell)

    def down(self, names: Sequence[str], tell: Tell) -> None:
        """Forget the names."""
        known = self._known()
        there = dict(known.groups) if known else {}
        if strange := sorted(set(names) - set(there)):
            raise FleetBroken(f"The fleet has no {', '.join(strange)}.", f"It has {', '.join(there) or 'no hosts'}.")
        gone = names or tuple(there)
        for host in gone:
            tell(HostState(host=host, state="stopped", message="forgotten"))
        left = {host: groups for host, groups in there.items() if host not in gone}
        if left:
            self._save(left)
        else:
            state.forget(self._home)

    def hurt(self, host: str, kind: str, detail: str, tell: Tell) -> None:  # noqa: ARG002 (as the real one)
        """Refused: it would hurt this machine."""
        raise FleetBroken("A name for this machine can't be broken alone.", _WHY)

    def heal(self, host: str, tell: Tell) -> None:
        """Nothing is ever wrong with a name."""
        tell(HostState(host=host, state="running", message=LOUD))

    def save(self, name: str, tell: Tell, names: Sequence[str] = ()) -> None:  # noqa: ARG002 (as the real one)
        """Refused: it would be this machine's disk."""
        raise FleetBroken("A name for this machine has no disk to save.", _WHY)

    restore = save

    def snapshots(self) -> Mapping[str, tuple[str, ...]]:
        """There are none."""
        return {}

    def discard(self, name: str) -> None:
        """Refused: there are none."""
        raise FleetBroken(f"There is no snapshot {name}.", _WHY)

    def _known(self) -> Known | None:
        known = state.load(self._home)
        if known and known.kind != state.LOGICAL:
            raise FleetBroken("The fleet of this home has hosts of its own.", "Take it down first, as root.")
        return known

    def _save(self, groups: Mapping[str, tuple[str, ...]]) -> None:
        known = Known(
            fleet=state.fleet_name(self._home),
            kind=state.LOGICAL,
            groups=groups,
            host_vars={host: self._variables(host) for host in groups},
            all_vars={},
        )
        state.save(self._home, known)

    def _variables(self, host: str) -> Mapping[str, Any]:
        """As in inventories/local: what the example runbooks write goes below the home, and nobody becomes root."""
        place = str(self._home / "local" / host)
        return {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "ansible_become": False,
            "clear_cache_allowed": [f"{place}/cache"],
            "static_site_root": f"{place}/www",
            "static_site_owner": None,
            "static_site_service": None,
            "static_site_url": None,
            "secret_file_directory": f"{place}/secrets",
            "secret_file_owner": None,
        }
