"""The keeper of real hosts: what a person wants of the fleet of a home goes in, the states of its hosts come out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.errors import FleetBroken
from bot.fleet import cgroups, disk, faults, inventory, registry, rootfs, snapshots, state
from bot.fleet import names as naming
from bot.fleet import plan as plans
from bot.fleet.fleet import Fleet
from bot.fleet.keeper import Tell
from bot.fleet.shell import require_machine
from bot.fleet.snapshots import Snapshot
from bot.fleet.state import HostState, Known

RATE = "64kbit"
FULL = "/srv"


class RealKeeper:
    """The Keeper of systemd-nspawn hosts."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._name = state.fleet_name(home)
        self._folder = registry.folder(self._name)
        self._shelf = state.shelf(home)

    def up(self, words: Sequence[str], tell: Tell) -> None:
        """Start what is down; the first time on a machine the root file system is made (half a minute)."""
        there = self._plan()
        wanted = naming.wanted(words, list(there.hosts) if there else [])
        self._start(naming.groups(wanted), tell)

    def status(self) -> list[HostState]:
        """Every host of the plan, also of one that a start left half-made when it was killed."""
        there = self._plan()
        return [self._state(host, there) for host in there.hosts] if there else []

    def halt(self, names: Sequence[str], tell: Tell) -> None:
        """End processes, keep disks."""
        with self._joined() as fleet:
            for host in names or list(fleet.addresses):
                fleet.halt(host)
                tell(HostState(host=host, state="stopped", message="halted; its disk is kept"))

    def down(self, names: Sequence[str], tell: Tell) -> None:
        """Everything goes by membership of its control group; so does what a killed start left half-made."""
        there = self._plan()
        if there:
            for host in names:
                there.index(host)
        if names and there and self._others(there, names):
            with self._joined() as fleet:
                for host in names:
                    fleet.kill(host)
                    tell(HostState(host=host, state="stopped", message="removed"))
            return
        registry.take_down(self._name)
        state.forget(self._home)
        for host in there.hosts if there else ():
            tell(HostState(host=host, state="stopped", message="removed"))

    def hurt(self, host: str, kind: str, detail: str, tell: Tell) -> None:
        """One fault more; the host keeps those it has."""
        with self._joined() as fleet:
            if not fleet.alive(host):
                raise FleetBroken(f"{host} is stopped.", f"Start it first: `python -m bot fleet up {host}`.")
            deeds: Mapping[str, Callable[[], None]] = {
                "unreachable": lambda: fleet.cut(host),
                "slow": lambda: fleet.slow(host, detail or RATE),
                "full-disk": lambda: fleet.fill_disk(host, detail or FULL),
                "flaky": lambda: fleet.flaky(host),
            }
            deeds[kind]()
            tell(self._state(host, fleet.plan))

    def heal(self, host: str, tell: Tell) -> None:
        """Undo all faults, and start the host if it is stopped."""
        with self._joined() as fleet:
            fleet.heal(host)
            tell(self._state(host, fleet.plan))

    def save(self, name: str, tell: Tell, names: Sequence[str] = ()) -> None:
        """Each host stands still while its disk is read."""
        with self._joined() as fleet:
            meant = _only(fleet.plan.hosts, names, "The fleet")
            kept = {host: groups for host, groups in meant.items() if disk.exists(self._folder, host)}
            disks = {host: (f"{self._name}/{host}", disk.upper(self._folder, host)) for host in kept}
            snapshots.save(self._shelf, name, Snapshot(tree=rootfs.stamp(), hosts=kept), disks)
            for host in kept:
                now = self._state(host, fleet.plan).state
                tell(HostState(host=host, state=now, message=f"its disk is saved as {name}"))

    def restore(self, name: str, tell: Tell, names: Sequence[str] = ()) -> None:
        """The fleet is made when it is down; hosts that are up lose what they have written since."""
        snapshot = snapshots.find(self._shelf, name)
        snapshots.fits(snapshot, rootfs.stamp())
        hosts = _only(snapshot.hosts, names, f"The snapshot {name}")
        if self._plan():
            with self._joined() as fleet:
                for host in set(hosts) & set(fleet.addresses):
                    fleet.kill(host)
                    tell(HostState(host=host, state="stopped", message=f"gets the disk saved as {name}"))

        def lay(host: str) -> None:
            snapshots.unpack(self._shelf, name, host, disk.prepare(self._folder, host))

        self._start(hosts, tell, lay)

    def snapshots(self) -> Mapping[str, tuple[str, ...]]:
        """What is on the shelf, also while the fleet is down."""
        return {name: tuple(snapshots.find(self._shelf, name).hosts) for name in snapshots.names(self._shelf)}

    def discard(self, name: str) -> None:
        """Nothing but its archives goes."""
        snapshots.discard(self._shelf, name)

    def _start(
        self, groups: Mapping[str, tuple[str, ...]], tell: Tell, prepare: Callable[[str], None] = lambda _: None
    ) -> None:
        fleet = self._fleet(groups)

        def told(host: str, now: str, why: str) -> None:
            tell(HostState(host=host, state=now, message=why))

        try:
            fleet.up(list(groups), told, prepare)
            if plan := self._plan():
                state.save(self._home, self._known(plan))
        finally:
            fleet.leave()

    def _fleet(self, groups: Mapping[str, tuple[str, ...]]) -> Fleet:
        return Fleet(groups, name=self._name, keep=True)

    @contextmanager
    def _joined(self) -> Iterator[Fleet]:
        """The fleet that is up, in this process's hands; FleetBroken when there is none, or another process has it."""
        there = self._plan()
        fleet = self._fleet(there.hosts) if there else None
        if fleet is None or not fleet.join():
            raise FleetBroken("The fleet is down.", "`python -m bot fleet up` starts it.")
        try:
            yield fleet
        finally:
            fleet.leave()

    def _plan(self) -> plans.Plan | None:
        require_machine()
        return plans.load(self._folder)

    def _state(self, host: str, plan: plans.Plan) -> HostState:
        wrong = faults.of(self._name, self._folder, host)
        if not cgroups.pids(f"{self._name}/{host}"):
            return HostState(host=host, state="stopped", message=self._stopped(host))
        if wrong:
            return HostState(host=host, state="broken", message=", ".join(faults.KINDS[kind] for kind in wrong))
        return HostState(host=host, state="running", message=plan.addresses[host])

    def _stopped(self, host: str) -> str:
        return "halted; its disk is kept" if disk.exists(self._folder, host) else "has no disk"

    def _others(self, plan: plans.Plan, names: Sequence[str]) -> bool:
        """Whether any host but `names` runs or has a disk."""
        others = [host for host in plan.hosts if host not in names]
        return any(cgroups.pids(f"{self._name}/{host}") or disk.exists(self._folder, host) for host in others)

    def _known(self, plan: plans.Plan) -> Known:
        return Known(
            fleet=self._name,
            kind=state.REAL,
            groups=plan.hosts,
            host_vars={host: {"ansible_host": address} for host, address in plan.addresses.items()},
            all_vars=inventory.connection(plan.fleet, self._folder),
        )


def _only(hosts: Mapping[str, tuple[str, ...]], names: Sequence[str], whose: str) -> Mapping[str, tuple[str, ...]]:
    """Those of `hosts` that `names` name, all without any; FleetBroken for a name that is not there."""
    if strange := [name for name in names if name not in hosts]:
        raise FleetBroken(f"{whose} has no host {strange[0]!r}; it has {', '.join(hosts)}.")
    return {host: groups for host, groups in hosts.items() if not names or host in names}
