"""Wires hosts together where nobody else can reach: a plan of addresses goes in, namespaces with links come out.

One controller namespace holds a bridge and no default route; each host has a namespace with one link to it.
What is inside can neither reach the machine's own network nor be reached from it, except by entering the namespace.
"""

import contextlib
import os
import signal
import time
from pathlib import Path

from bot.errors import FleetBroken
from bot.fleet.shell import run

BLOCK = "198.18"  # RFC 2544, set aside for tests of networks: routed nowhere
CONTROLLER = ".1"
NAMESPACES = Path("/run/netns")
PREFIX = "signalbox"


def controller(fleet: str) -> str:
    """The name of the namespace that holds the fleet's bridge."""
    return f"{PREFIX}-{fleet}-ctl"


def namespace(fleet: str, host: str) -> str:
    """The name of the host's own namespace."""
    return f"{PREFIX}-{fleet}-host-{host}"


def address(subnet: int, index: int) -> str:
    """The address of the host number `index` (from 0) in the fleet that holds `subnet`."""
    return f"{BLOCK}.{subnet}.{index + 11}"


def path(name: str) -> Path:
    """The file that stands for the namespace `name`."""
    return NAMESPACES / name


def raise_controller(fleet: str, subnet: int) -> None:
    """Make the controller namespace and its bridge, unless they are there."""
    name = controller(fleet)
    if path(name).exists():
        return
    run(["ip", "netns", "add", name])
    _ip(name, "link", "set", "lo", "up")
    _ip(name, "link", "add", "bridge", "type", "bridge")
    _ip(name, "address", "add", f"{BLOCK}.{subnet}{CONTROLLER}/24", "dev", "bridge")
    _ip(name, "link", "set", "bridge", "up")


def raise_host(fleet: str, host: str, subnet: int, index: int) -> None:
    """Make the host's namespace with its address and its link to the bridge, unless it is there."""
    outer, inner = controller(fleet), namespace(fleet, host)
    if path(inner).exists():
        return
    run(["ip", "netns", "add", inner])
    _ip(outer, "link", "add", f"port{index}", "type", "veth", "peer", "name", "host0", "netns", inner)
    _ip(outer, "link", "set", f"port{index}", "master", "bridge", "up")
    _ip(inner, "link", "set", "lo", "up")
    _ip(inner, "address", "add", f"{address(subnet, index)}/24", "dev", "host0")
    _ip(inner, "link", "set", "host0", "up")


def cut(fleet: str, index: int) -> None:
    """Pull the cable of host number `index`: packets vanish, no connection is refused."""
    _ip(controller(fleet), "link", "set", f"port{index}", "down")


def mend(fleet: str, index: int) -> None:
    """Put the cable of host number `index` back."""
    _ip(controller(fleet), "link", "set", f"port{index}", "up")


def slow(fleet: str, host: str, index: int, rate: str) -> None:
    """Let at most `rate` (tc's words: `64kbit`, `1mbit`) through to and from the host."""
    for name, device in _ends(fleet, host, index):
        # A burst below one full packet would let nothing through at all.
        words = ["root", "tbf", "rate", rate, "burst", "4kb", "latency", "2s"]
        run(["tc", "-netns", name, "qdisc", "replace", "dev", device, *words])


def unslow(fleet: str, host: str, index: int) -> None:
    """Give the host its full link again; nothing is done when it has it."""
    for name, device in _ends(fleet, host, index):
        run(["tc", "-netns", name, "qdisc", "delete", "dev", device, "root"], check=False)


def names(fleet: str) -> list[str]:
    """The fleet's namespaces that are there now."""
    mine = (controller(fleet), namespace(fleet, ""))
    return sorted(file.name for file in NAMESPACES.glob(f"{PREFIX}-{fleet}-*") if file.name.startswith(mine))


def remove(fleet: str) -> None:
    """Remove the fleet's namespaces and end whatever still stands in them, such as the proxies of SSH masters."""
    for name in names(fleet):
        _empty(name)
        run(["ip", "netns", "delete", name])


def remove_host(fleet: str, host: str, index: int) -> None:
    """Remove the namespace and the cable of one host that is down; nothing is done when there is none."""
    name = namespace(fleet, host)
    run(["ip", "-netns", controller(fleet), "link", "delete", f"port{index}"], check=False)
    if path(name).exists():
        _empty(name)
        run(["ip", "netns", "delete", name])


def _empty(name: str, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while members := run(["ip", "netns", "pids", name], check=False).stdout.split():
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        if time.monotonic() > deadline:
            raise FleetBroken(f"Processes {members} in {name} outlived SIGKILL for {seconds:g} s.")
        time.sleep(0.01)


def _ends(fleet: str, host: str, index: int) -> list[tuple[str, str]]:
    return [(controller(fleet), f"port{index}"), (namespace(fleet, host), "host0")]


def _ip(name: str, *words: str) -> None:
    run(["ip", "-netns", name, *words])
