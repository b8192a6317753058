"""Boots one host as a systemd-nspawn machine: a Box goes in, a running tree of processes in its own cgroup comes out."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import cgroups, keys, net

BOOT = Path(__file__).with_name("boot.sh")
RUNTIME = Path("/run/systemd/nspawn")


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """One host's place: the fleet and folder it belongs to, its name, and the tree it boots from."""

    fleet: str
    folder: Path
    name: str
    tree: Path

    @property
    def group(self) -> str:
        """The name of the control group that holds all its processes."""
        return f"{self.fleet}/{self.name}"

    @property
    def machine(self) -> str:
        """Its name among all machines of this computer."""
        return f"{self.fleet}-{self.name}"

    @property
    def console(self) -> Path:
        """The file its console is written to."""
        return self.folder / f"{self.name}.log"


def alive(box: Box) -> bool:
    """True while any process of the host runs."""
    return bool(cgroups.pids(box.group))


def start(box: Box) -> subprocess.Popen[bytes]:
    """Boot the host and return the process to reap when it has gone; what an earlier boot wrote is not there any more."""
    kill(box)  # leaves no half-dead group in the way
    groups = [group / "loop" for group in cgroups.groups(box.group)]
    for group in groups:
        group.mkdir(parents=True, exist_ok=True)
    with box.console.open("ab") as console:
        return subprocess.Popen(
            [str(BOOT), " ".join(str(group.parent) for group in groups), *_nspawn(box)],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            start_new_session=True,
            # In its groups before its first word, so that no moment exists in which a clean-up would miss it.
            preexec_fn=lambda: _join(groups),
        )


def kill(box: Box) -> None:
    """End the host at once, as a power cut would; nothing is done when it is down."""
    cgroups.kill(box.group)
    for kind in ("propagate", "unix-export"):
        shutil.rmtree(RUNTIME / kind / box.machine, ignore_errors=True)


def _join(groups: list[Path]) -> None:
    for group in groups:
        descriptor = os.open(group / "cgroup.procs", os.O_WRONLY)
        os.write(descriptor, b"0")
        os.close(descriptor)


def _nspawn(box: Box) -> list[str]:
    secret = keys.host_key(box.folder, box.name)
    return [
        "systemd-nspawn",
        "--boot",
        "--quiet",
        "--settings=no",
        "--register=no",
        "--keep-unit",
        "--read-only",
        "--volatile=overlay",
        "--console=pipe",
        "--link-journal=no",
        "--resolv-conf=off",
        "--timezone=off",
        f"--network-namespace-path={net.path(net.namespace(box.fleet, box.name))}",
        f"--machine={box.machine}",
        f"--hostname={box.name}",
        f"--directory={box.tree}",
        f"--bind-ro={keys.client_key(box.folder)}.pub:/etc/ssh/fleet_authorized_keys",
        f"--bind-ro={secret}:/etc/ssh/ssh_host_ed25519_key",
        f"--bind-ro={secret}.pub:/etc/ssh/ssh_host_ed25519_key.pub",
    ]
