"""The fleet itself: host names with their groups go in; hosts that answer, can be hurt and healed, come out."""

import itertools
import os
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from . import host, inventory, keys, net, registry, rootfs
from . import plan as plans
from .shell import FleetError, require_machine, run

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
        """Only note what is wanted; FleetError when `hosts` or `name` can't be. `cache` holds the shared tree."""
        self.name = name or f"p{os.getpid()}n{next(COUNTER)}"
        self._hosts = plans.check(self.name, hosts)
        self._keep = keep
        self._cache = cache
        self._lock: int | None = None
        self._plan: plans.Plan | None = None
        self._tree = Path()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._full: dict[str, list[str]] = {}

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
    def addresses(self) -> dict[str, str]:
        """Each host's address inside the fleet's own network."""
        return self._planned().addresses

    def up(self) -> None:
        """Make what is missing and return when every host answers over SSH; a second call changes nothing.

        Fleets whose owner died are removed first. FleetError, with nothing left behind, when a host won't answer.
        """
        require_machine()
        self._tree = rootfs.ensure(self._cache)
        try:
            self._claim()
            plan = self._planned()
            keys.write(self.name, self.folder, plan.addresses)
            net.raise_controller(self.name, plan.subnet)
            for index, name in enumerate(plan.hosts):
                net.raise_host(self.name, name, plan.subnet, index)
                self._boot(name)
            self._await_all(plan)
        except BaseException:
            self.down()
            raise

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
        """Run the shell `command` on the host over SSH; FleetError when `check` is set and it fails."""
        self._planned().index(name)
        return run(["ssh", "-F", str(keys.ssh_config(self.folder)), name, command], timeout=timeout, check=check)

    def alive(self, name: str) -> bool:
        """True while the host has any process, whether or not it can be reached."""
        return host.alive(self._box(name))

    def kill(self, name: str) -> None:
        """End the host as a power cut would; what was changed on it is gone."""
        host.kill(self._box(name))
        self._reap(name)
        self._full.pop(name, None)

    def start(self, name: str) -> None:
        """Boot the host unless it is up, and return when it answers."""
        self._boot(name)
        self._await(name)

    def cut(self, name: str) -> None:
        """Pull the host's network cable: it runs on, packets to it vanish."""
        net.cut(self.name, self._planned().index(name))

    def mend(self, name: str) -> None:
        """Put the cable back, and return when the host answers if it is up."""
        net.mend(self.name, self._planned().index(name))
        if self.alive(name):
            self._await(name)

    def slow(self, name: str, rate: str) -> None:
        """Let at most `rate` (`64kbit`, `1mbit`) through to and from the host."""
        net.slow(self.name, name, self._planned().index(name), rate)

    def fill_disk(self, name: str, path: str = "/srv") -> None:
        """Put a file system of 1 MiB without a free byte over the folder `path` of the host."""
        where = shlex.quote(path)
        # The user's own folder where that is allowed: one of root's would outlast the fault and be a fault itself.
        self.run(name, f"mkdir -p {where} 2>/dev/null || sudo mkdir -p {where}")
        self.run(name, f"sudo mount -t tmpfs -o size=1m,mode=1777 full {where}")
        self._full.setdefault(name, []).append(path)
        self.run(name, f"head -c 1048576 /dev/zero >{shlex.quote(f'{path}/ballast')}")

    def heal(self, name: str) -> None:
        """Undo every fault of the host: start it, mend and speed up its link, free its disks."""
        net.unslow(self.name, name, self._planned().index(name))
        self.mend(name)
        self.start(name)
        for path in self._full.pop(name, []):
            self.run(name, f"sudo umount -l {shlex.quote(path)}")

    def _claim(self) -> None:
        with registry.locked():
            registry.sweep()
            if self._lock is None:
                self._lock = registry.claim(self.name, keep=self._keep)
                self._plan = self._settle()

    def _settle(self) -> plans.Plan:
        found = plans.load(self.folder)
        if found and found.hosts != self._hosts:
            self._release()  # before anybody takes the other fleet for ours and clears it away
            raise FleetError(f"The fleet {self.name!r} is up with other hosts; take it down first.")
        subnet = plans.free_subnet(registry.folder(fleet) for fleet in registry.fleets())
        plan = found or plans.Plan(fleet=self.name, subnet=subnet, hosts=self._hosts)
        plans.save(plan, self.folder)
        return plan

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
        self._lock, self._plan = None, None

    def _planned(self) -> plans.Plan:
        if self._plan is None:
            raise FleetError("The fleet is not up; use it inside `with Fleet(...)` or call up() first.")
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

    def _await_all(self, plan: plans.Plan) -> None:
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(self._await, plan.hosts))

    def _await(self, name: str) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS
        while (answer := self.run(name, "true", check=False)).returncode != 0:
            if time.monotonic() > deadline or not self.alive(name):
                console = self._box(name).console.read_text(errors="replace")[-1500:]
                raise FleetError(f"{name} does not answer ({answer.stderr.strip()}); its console ends with: {console}")
            time.sleep(0.05)
