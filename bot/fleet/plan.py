"""Says which hosts a fleet has: names with groups go in, a checked plan with addresses comes out, kept as JSON."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import FleetBroken
from bot.fleet import net

FLEET_NAME = re.compile(r"[a-z][a-z0-9]{0,23}")  # no hyphen: it parts fleet and host in every derived name
HOST_NAME = re.compile(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?")
MAX_HOSTS = 200
FILE = "plan.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The fleet's name, the number of its subnet, and its hosts with the groups each is in."""

    fleet: str
    subnet: int
    hosts: Mapping[str, tuple[str, ...]]

    @property
    def addresses(self) -> dict[str, str]:
        """Each host's address."""
        return {host: net.address(self.subnet, index) for index, host in enumerate(self.hosts)}

    @property
    def groups(self) -> dict[str, list[str]]:
        """Each group's hosts."""
        names = sorted({group for groups in self.hosts.values() for group in groups})
        return {name: [host for host, groups in self.hosts.items() if name in groups] for name in names}

    def index(self, host: str) -> int:
        """The number of `host` in the plan; FleetBroken when the fleet has no such host."""
        if host not in self.hosts:
            raise FleetBroken(f"The fleet has no host {host!r}; it has {', '.join(self.hosts)}.")
        return list(self.hosts).index(host)


def check(fleet: str, hosts: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """`hosts` with its groups as tuples; FleetBroken when a name can't be a host's, for none and too many."""
    if not FLEET_NAME.fullmatch(fleet):
        raise FleetBroken(f"{fleet!r} can't name a fleet; use up to 24 small letters and digits.")
    if not 1 <= len(hosts) <= MAX_HOSTS:
        raise FleetBroken(f"A fleet has 1 to {MAX_HOSTS} hosts, not {len(hosts)}.")
    for host in hosts:
        if not HOST_NAME.fullmatch(host):
            raise FleetBroken(f"{host!r} can't name a host; use up to 32 small letters, digits and inner hyphens.")
    return {host: tuple(groups) for host, groups in hosts.items()}


def free_subnet(folders: Iterable[Path]) -> int:
    """The lowest subnet that none of the fleets in `folders` has.

    Namespaces would let addresses repeat, but SSH masters are shared by address: two fleets must not look alike.
    """
    taken = {plan.subnet for folder in folders if (plan := load(folder))}
    free = set(range(256)) - taken
    if not free:
        raise FleetBroken("All 256 subnets for fleets are taken; take some fleets down.")
    return min(free)


def save(plan: Plan, folder: Path) -> None:
    """Write the plan into the fleet's folder."""
    text = json.dumps({"fleet": plan.fleet, "subnet": plan.subnet, "hosts": plan.hosts}, indent=2)
    (folder / FILE).write_text(text)


def load(folder: Path) -> Plan | None:
    """The plan in the fleet's folder; None when it has none yet."""
    try:
        kept = json.loads((folder / FILE).read_text())
    except FileNotFoundError:
        return None
    hosts = {host: tuple(groups) for host, groups in kept["hosts"].items()}
    return Plan(fleet=kept["fleet"], subnet=kept["subnet"], hosts=hosts)
