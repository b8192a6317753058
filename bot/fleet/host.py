"""Boots one host as a systemd-nspawn machine: a Box goes in, running processes in a cgroup of their own come out."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bot.fleet import cgroups, disk, keys, net

BOOT = Path(__file__).with_name("boot.sh")
RUNTIME = Path("/run/systemd/nspawn")


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """One host's place: the fleet and folder it belongs to, its name, and the tree below its disk."""

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
    """Boot the host from its disk and return the process to reap when it has gone."""
    halt(box)  # leaves no half-dead group in the way
    disk.attach(box.folder, box.name, box.tree)
    groups = cgroups.groups(box.group)
    with box.console.open("ab") as console:
        process = subprocess.Popen(  # noqa: S603 (a list of words of our own)
            [str(BOOT), " ".join(map(str, groups)), *_nspawn(box)],
            stdin=subprocess.PIPE,
            stdout=console,
            stderr=console,
            start_new_session=True,
            env={**os.environ, "SYSTEMD_NSPAWN_LOCK": "0"},  # a file that nobody would remove; our groups know who runs
        )
    # It waits for a word and gives up when none can come: at no moment would a clean-up by membership miss a host.
    for group in groups:
        (group / "loop").mkdir(parents=True)
        (group / "loop" / "cgroup.procs").write_text(str(process.pid))
    _release(process)
    return process


def kill(box: Box) -> None:
    """End the host at once, and forget what it has written; nothing is done when it is down and has no disk."""
    halt(box)
    disk.wipe(box.folder, box.name)


def halt(box: Box) -> None:
    """End the host at once, as a power cut would, and keep its disk; nothing is done when it is down."""
    cgroups.kill(box.group)
    for kind in ("propagate", "unix-export"):
        shutil.rmtree(RUNTIME / kind / box.machine, ignore_errors=True)


def _release(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.write(b"go\n")
        process.stdin.close()


def _nspawn(box: Box) -> list[str]:
    secret = keys.host_key(box.folder, box.name)
    return [
        "systemd-nspawn",
        "--boot",
        "--quiet",
        "--settings=no",
        "--register=no",
        "--keep-unit",
        "--console=pipe",
        "--link-journal=no",
        "--resolv-conf=off",
        "--timezone=off",
        f"--network-namespace-path={net.path(net.namespace(box.fleet, box.name))}",
        f"--machine={box.machine}",
        f"--hostname={box.name}",
        f"--directory={disk.root(box.folder, box.name)}",
        f"--bind-ro={keys.client_key(box.folder)}.pub:/etc/ssh/fleet_authorized_keys",
        f"--bind-ro={secret}:/etc/ssh/ssh_host_ed25519_key",
        f"--bind-ro={secret}.pub:/etc/ssh/ssh_host_ed25519_key.pub",
    ]
