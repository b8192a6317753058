"""What brings an environment up and down, as the policy says it, and what is told of its machines on the way."""

import re
from dataclasses import dataclass

PREFIX = "env:"
"""Ids of the runbooks that are about environments themselves begin with it; no runbook's file can say such an id."""

WHOLE = "all"
"""The limit that means every machine."""

MACHINE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", re.ASCII)
"""Names of machines and snapshots: nothing that a program could take for an option."""

SNAPSHOT = "name"
"""The parameter that names a snapshot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`kind` is fleet, vagrant or command.

    The others are for `command`: argument lists, empty where there is none, and names (with `*`) of variables of the
    worker's environment that they may see.
    """

    kind: str
    create: tuple[str, ...] = ()
    list: tuple[str, ...] = ()
    destroy: tuple[str, ...] = ()
    halt: tuple[str, ...] = ()
    snapshot: tuple[str, ...] = ()
    restore: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to become of an environment: `verb` is up, status, halt, down, snapshot or restore.

    Without `machines` it is about all of them; `name` is that of a snapshot.
    """

    verb: str
    environment: str
    machines: tuple[str, ...] = ()
    name: str = ""
    timeout: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineReport:
    """One machine now: `state` is starting, running, stopped or broken."""

    host: str
    state: str
    message: str = ""


def about_environment(runbook: str) -> bool:
    """Whether a runbook's id is that of one about environments themselves."""
    return runbook.startswith(PREFIX)
