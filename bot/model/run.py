"""A run and the plan that it carries out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.model.command import RunOptions
from bot.model.people import Actor, Conversation, Origin
from bot.model.runbook import Expectation, Revision
from bot.model.safety import Concurrency
from bot.model.status import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Environment and limit, resolved: the hosts, in inventory order, that the run may touch and no others.

    `fingerprint` is a SHA-256 over the hosts and how they are reached (address, port, connection). `note` tells how
    old the facts were that chose them, and which hosts had none; empty when no fact was asked for.
    """

    environment: str
    limit: str
    hosts: tuple[str, ...]
    fingerprint: str
    note: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Exactly what a worker is to carry out; no value of a secret is ever in it, only their names."""

    runbook: str
    summary: str
    playbook: str | None
    module: str | None
    module_args: Mapping[str, Any] = field(default_factory=dict)
    become: bool = False
    target: Target
    parameters: Mapping[str, Any] = field(default_factory=dict)
    secret_names: tuple[str, ...] = ()
    options: RunOptions = field(default_factory=RunOptions)
    expect: tuple[Expectation, ...] = ()
    concurrency: Concurrency | None = None
    timeout: int
    revision: Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One go of one runbook on one target; times are UTC and aware, None until they happen.

    `cursor` is the counter of the last event that the relay has stored; `parent` the run that this one repeats
    (`rerun`, `retry`, `apply`), named by `parent_how`.
    """

    id: int
    status: RunStatus
    plan: Plan
    actor: Actor
    conversation: Conversation
    origin: Origin
    command: str
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str = ""
    cursor: int = 0
    parent: int | None = None
    parent_how: str = ""
    cancel_asked_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOutcome:
    """How one host came out of a run: Ansible's own counts; `failed` and `unreachable` hosts are what `retry` takes."""

    host: str
    ok: int = 0
    changed: int = 0
    failed: int = 0
    unreachable: int = 0
    skipped: int = 0
    rescued: int = 0
    ignored: int = 0

    @property
    def bad(self) -> bool:
        """Whether the host failed or could not be reached."""
        return bool(self.failed or self.unreachable)
