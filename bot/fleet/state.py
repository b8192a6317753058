"""What a home knows of its fleet: hosts and how to connect go in, a file that inventories read comes out.

The file says how hosts are reached. Whether they run is found where the kernel knows it.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REAL = "nspawn"
LOGICAL = "local"


@dataclass(frozen=True, kw_only=True, slots=True)
class HostState:
    """One host as it is now: `state` is starting, running, stopped or broken; `message` is a word on it."""

    host: str
    state: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """The fleet of a home: its name, REAL or LOGICAL, groups and variables by host, and variables of all hosts."""

    fleet: str
    kind: str
    groups: Mapping[str, tuple[str, ...]]
    host_vars: Mapping[str, Mapping[str, Any]]
    all_vars: Mapping[str, Any]


def fleet_name(home: Path) -> str:
    """The name that the fleet of this home has on this machine."""
    return f"h{hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]}"


def shelf(home: Path) -> Path:
    """Where the snapshots of the fleet are; they outlive it."""
    return home / "fleet" / "snapshots"


def load(home: Path) -> Known | None:
    """What is known of the fleet; None when there is none."""
    try:
        kept = json.loads(_file(home).read_text())
    except FileNotFoundError:
        return None
    groups = {host: tuple(names) for host, names in kept["groups"].items()}
    return Known(
        fleet=kept["fleet"], kind=kept["kind"], groups=groups, host_vars=kept["host_vars"], all_vars=kept["all_vars"]
    )


def save(home: Path, known: Known) -> None:
    """Replace what is known, in one step."""
    _file(home).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = {"fleet": known.fleet, "kind": known.kind, "groups": known.groups}
    made |= {"host_vars": known.host_vars, "all_vars": known.all_vars}
    fresh = _file(home).with_name(f".state.{os.getpid()}")
    fresh.write_text(json.dumps(made, indent=2))
    fresh.replace(_file(home))


def forget(home: Path) -> None:
    """There is no fleet any more."""
    _file(home).unlink(missing_ok=True)


def _file(home: Path) -> Path:
    return home / "fleet" / "state.json"
