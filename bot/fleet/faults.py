"""What is wrong with hosts on purpose: a host and a kind of fault go in; it is noted, made, undone or told."""

import shlex
import subprocess
from pathlib import Path

from bot.fleet import cgroups, net

KINDS = {
    "unreachable": "its link is down",
    "slow": "its link is slow",
    "full-disk": "a disk is full",
    "flaky": "its link comes and goes",
}
FREE = """awk '$1 == "full" { print $2 }' /proc/mounts | sort -r | xargs -r -n 1 sudo umount -l"""
"""A shell command for the host that removes every full disk."""

AWAY_SECONDS = 8  # more than an SSH connection waits
BACK_SECONDS = 8
TIMES = 38  # ten minutes
_LOOP = (
    "read -r _ || exit 1; n=0; while [ $n -lt {times} ]; do n=$((n + 1)); {ip} down; sleep {away}; {ip} up;"
    " sleep {back}; done"
)


def note(folder: Path, host: str, kind: str) -> None:
    """Remember that the host has this fault, as long as its fleet exists."""
    (folder / "faults").mkdir(exist_ok=True)
    (folder / "faults" / f"{host}.{kind}").touch()


def forget(folder: Path, host: str, kind: str) -> None:
    """The host has this fault no more."""
    (folder / "faults" / f"{host}.{kind}").unlink(missing_ok=True)


def forget_all(folder: Path, host: str) -> None:
    """The host has no fault any more."""
    for kind in KINDS:
        forget(folder, host, kind)


def of(fleet: str, folder: Path, host: str) -> list[str]:
    """The kinds of fault that the host has now."""
    noted = [kind for kind in KINDS if (folder / "faults" / f"{host}.{kind}").exists()]
    return [kind for kind in noted if kind != "flaky" or cgroups.pids(_group(fleet, host))]


def fill(path: str) -> tuple[str, ...]:
    """Shell commands for the host that put a full file system over its folder `path`."""
    where = shlex.quote(path)
    # The user's own folder where that is allowed: one of root's would outlast the fault and be a fault itself.
    return (
        f"mkdir -p {where} 2>/dev/null || sudo mkdir -p {where}",
        f"sudo mount -t tmpfs -o size=1m,mode=1777 full {where}",
        f"head -c 1048576 /dev/zero >{shlex.quote(f'{path}/ballast')}",
    )


def unsteady(fleet: str, host: str, index: int) -> None:
    """Start the process that pulls the cable of host number `index` and puts it back; it ends with the fleet."""
    link = f"ip -netns {net.controller(fleet)} link set port{index}"
    line = _LOOP.format(ip=link, times=TIMES, away=AWAY_SECONDS, back=BACK_SECONDS)
    process = subprocess.Popen(  # noqa: S603 (the line has names of ours and numbers only)
        ["/bin/sh", "-c", line],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # As with hosts: it waits until it is a member of the fleet, so that whoever removes the fleet finds it.
    for group in cgroups.groups(_group(fleet, host)):
        group.mkdir(parents=True, exist_ok=True)
        (group / "cgroup.procs").write_text(str(process.pid))
    if process.stdin is not None:
        process.stdin.write(b"go\n")
        process.stdin.close()


def steady(fleet: str, host: str) -> None:
    """End that process; nothing is done when there is none. The cable stays as it was."""
    cgroups.kill(_group(fleet, host))


def _group(fleet: str, host: str) -> str:
    return f"{fleet}/flaky.{host}"  # no host's name has a dot
