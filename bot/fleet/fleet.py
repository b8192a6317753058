"""The fleet itself: host names with their groups go in; hosts that answer, can be hurt and healed, come out."""

import itertools
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.errors import FleetBroken
from bot.fleet import cgroups, disk, faults, host, inventory, keys, net, registry, rootfs
from bot.fleet import plan as plans
from bot.fleet.shell import require_machine, run

Tell = Callable[[str, str, str], None]
"""Is told of each host as things happen: its name, its state, a message."""

ANSWER_SECONDS = 60.0
COUNTER = itertools.count(1)


class Fleet:
    """Real hosts named `hosts` (host name to groups): `with Fleet(hosts={"web1": ["web"]}) as fleet: ...`.

    Each boots its own systemd and sshd over one shared, read-only tree and forgets everything when it is killed.
    Leaving the block leaves nothing behind. With `keep` the fleet outlives this process until somebody calls `down`.
    """

    def __init__(
        self,
        hosts: Mapping[str, Sequence[str]],
        *,
        name: str | None = None,
        keep: bool = False,
        cache: Path | None = None,
    ) -> None:
        """Only note what is wanted; FleetBroken when `hosts` or `name` can't be. `cache` holds the shared tree."""
        self.name = name or f"p{os.getpid()}n{next(COUNTER)}"
        self._hosts = plans.check(self.name, hosts)
        self._keep = keep
        self._cache = cache
        self._lock: int | None = None
        self._plan: plans.Plan | None = None
        self._tree = Path()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        """Bring the fleet up."""
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the fleet down, whatever happened."""
        self.down()

    @property
    def folder(self) -> Path:
        """Where its keys, known hosts, ssh_config and the consoles of its hosts are while it is up."""
        return registry.folder(self.name)

    @property
    def plan(self) -> plans.Plan:
        """Its hosts with their groups; FleetBroken when it is not up."""
        return self._planned()

    @property
    def addresses(self) -> dict[str, str]:
        """Each host's address inside the fleet's own network."""
        return self._planned().addresses

    def up(
        self,
        names: Sequence[str] = (),
        tell: Tell = lambda *_: None,
        prepare: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Make what is missing and return when the hosts `names` (none: all) answer; a second call changes nothing.

        `prepare` is called with the name of each host that is to boot, before it does.
        Fleets whose owner died are removed first. When a host won't answer FleetBroken is raised, and nothing that
        this call started is left behind.
        """
        require_machine()
        self._tree = rootfs.ensure(self._cache)
        before = plans.load(self.folder) is not None
        started: dict[str, bool] = {}  # and whether it had a disk
        try:
            self._claim()
            plan = self._planned()
            keys.write(self.name, self.folder, plan.addresses)
            self._wire(names or tuple(plan.hosts))
            for name in names or plan.hosts:
                if not self.alive(name):
                    tell(name, "starting", "boots")
                    started[name] = disk.exists(self.folder, name)
                    prepare(name)
                    self._boot(name)
            self._await_all(names or tuple(plan.hosts), tell)
        except BaseException:
            self._give_up(started, before=before)
            raise

    def join(self) -> bool:
        """Take hold of a fleet that was kept; False when there is none. FleetBroken when another process holds it."""
        require_machine()
        with registry.locked():
            if self._lock is None and self.name in registry.fleets():
                self._lock = registry.claim(self.name, keep=True)
                self._plan = plans.load(self.folder)
        self._tree = rootfs.ensure(self._cache)
        return self._lock is not None

    def leave(self) -> None:
        """Let go of a fleet that is kept: its hosts run on."""
        self._release()

    def down(self) -> None:
        """End and remove everything the fleet is made of; nothing is done when it is not up."""
        if self._lock is None:
            return
        with registry.locked():
            registry.remove(self.name)
            self._release()
        for name in list(self._processes):
            self._reap(name)

    def inventory_dir(self, path: Path, *, pipelining: bool = True) -> Path:
        """Make `path` a complete Ansible inventory directory of all hosts, up or not; returns `path`."""
        return inventory.write(self._planned(), self.folder, path, pipelining=pipelining)

    def run(
        self, name: str, command: str, *, timeout: float = 30.0, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run the shell `command` on the host over SSH; FleetBroken when `check` is set and it fails."""
        self._planned().index(name)
        return run(["ssh", "-F", str(keys.ssh_config(self.folder)), name, command], timeout=timeout, check=check)

    def alive(self, name: str) -> bool:
        """True while the host has any process, whether or not it can be reached."""
        return host.alive(self._box(name))

    def kill(self, name: str) -> None:
        """End the host as a power cut would; what was changed on it is gone."""
        host.kill(self._box(name))
        self._reap(name)
        faults.forget(self.folder, name, "full-disk")

    def halt(self, name: str) -> None:
        """End the host as a power cut would, and keep its disk: started again, it goes on from there."""
        host.halt(self._box(name))
        self._reap(name)
        faults.forget(self.folder, name, "full-disk")

    def start(self, name: str) -> None:
        """Boot the host unless it is up, and return when it answers."""
        self._boot(name)
        self._await(name)

    def cut(self, name: str) -> None:
        """Pull the host's network cable: it runs on, packets to it vanish."""
        net.cut(self.name, self._planned().index(name))
        faults.note(self.folder, name, "unreachable")

    def mend(self, name: str) -> None:
        """Put the cable back, and return when the host answers if it is up."""
        faults.steady(self.name, name)
        net.mend(self.name, self._planned().index(name))
        for kind in ("unreachable", "flaky"):
            faults.forget(self.folder, name, kind)
        if self.alive(name):
            self._await(name)

    def flaky(self, name: str) -> None:
        """Pull the host's cable and put it back, over and over, for ten minutes or until it is mended."""
        self.mend(name)
        faults.unsteady(self.name, name, self._planned().index(name))
        faults.note(self.folder, name, "flaky")

    def slow(self, name: str, rate: str) -> None:
        """Let at most `rate` (`64kbit`, `1mbit`) through to and from the host."""
        net.slow(self.name, name, self._planned().index(name), rate)
        faults.note(self.folder, name, "slow")

    def fill_disk(self, name: str, path: str = "/srv") -> None:
        """Put a file system of 1 MiB without a free byte over the folder `path` of the host."""
        for command in faults.fill(path):
            self.run(name, command)
        faults.note(self.folder, name, "full-disk")

    def heal(self, name: str) -> None:
        """Undo every fault of the host: start it, mend and speed up its link, free its disks."""
        net.unslow(self.name, name, self._planned().index(name))
        self.mend(name)
        self.start(name)
        self.run(name, faults.FREE)
        faults.forget_all(self.folder, name)

    def _claim(self) -> None:
        with registry.locked():
            registry.sweep()
            if self._lock is None:
                self._lock = registry.claim(self.name, keep=self._keep)
                self._plan = self._settle()

    def _settle(self) -> plans.Plan:
        found = plans.load(self.folder)
        if found and not self._keep and found.hosts != self._hosts:
            self._release()  # before anybody takes the other fleet for ours and clears it away
            raise FleetBroken(f"The fleet {self.name!r} is up with other hosts.", "Take it down first.")
        there = dict(found.hosts) if found else {}  # first, because they keep their addresses
        joining = {name: groups for name, groups in self._hosts.items() if name not in there}
        hosts = plans.check(self.name, {**there, **joining})
        others = (registry.folder(fleet) for fleet in registry.fleets())
        subnet = found.subnet if found else plans.free_subnet(others)
        plan = plans.Plan(fleet=self.name, subnet=subnet, hosts=hosts)
        plans.save(plan, self.folder)
        return plan

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
        self._lock, self._plan = None, None

    def _planned(self) -> plans.Plan:
        if self._plan is None:
            raise FleetBroken("The fleet is not up; use it inside `with Fleet(...)` or call up() first.")
        return self._plan

    def _box(self, name: str) -> host.Box:
        self._planned().index(name)
        return host.Box(fleet=self.name, folder=self.folder, name=name, tree=self._tree)

    def _boot(self, name: str) -> None:
        if not self.alive(name):
            self._reap(name)
            self._processes[name] = host.start(self._box(name))

    def _reap(self, name: str) -> None:
        if process := self._processes.pop(name, None):
            process.wait(timeout=10)

    def _wire(self, names: Sequence[str]) -> None:
        """Connect hosts that are down anew: a start that was killed may have left half of a network."""
        plan = self._planned()
        if not cgroups.pids(self.name):
            net.remove(self.name)
        net.raise_controller(self.name, plan.subnet)
        for name in names:
            if not self.alive(name):
                net.remove_host(self.name, name, plan.index(name))
                net.raise_host(self.name, name, plan.subnet, plan.index(name))
                faults.forget_all(self.folder, name)

    def _give_up(self, started: Mapping[str, bool], *, before: bool) -> None:
        """Leave the fleet as it was before `up`: away, or without the hosts that were `started`."""
        if not before:
            self.down()
            return
        if self._plan is not None:
            for name, had_disk in started.items():
                (self.halt if had_disk else self.kill)(name)
        self._release()

    def _await_all(self, names: Sequence[str], tell: Tell) -> None:
        with ThreadPoolExecutor(max_workers=8) as pool:
            waiting = {pool.submit(self._await, name): name for name in names}
            for done in as_completed(waiting):
                done.result()
                tell(waiting[done], "running", self.addresses[waiting[done]])

    def _await(self, name: str) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS
        while (answer := self.run(name, "true", check=False)).returncode != 0:
            if time.monotonic() > deadline or not self.alive(name):
                console = self._box(name).console.read_text(errors="replace")[-1500:]
                raise FleetBroken(f"{name} does not answer ({answer.stderr.strip()}); its console ends with: {console}")
            time.sleep(0.05)
