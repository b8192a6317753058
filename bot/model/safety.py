"""The limits that a runbook sets itself, as its file says them; all times in seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalWhen:
    """When a run needs an approval: as soon as one of these fits it.

    `environments` are names with `*`, `hosts_over` a number of hosts, `parameters` values by the name of a parameter.
    """

    environments: tuple[str, ...] = ()
    hosts_over: int | None = None
    parameters: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """What an approval is, where one is needed; without `roles`, whoever may approve the runbook there."""

    count: int = 1
    roles: tuple[str, ...] = ()
    exclude_requester: bool = True
    expires: int = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """The asker is asked again; without `message`, in words of our own."""

    message: str = ""
    timeout: int = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooldown:
    """How long a host, and how long the runbook in one environment, is left alone after a run."""

    host: int | None = None
    runbook: int | None = None

    @property
    def longest(self) -> int:
        """How far back one has to look."""
        return max(self.host or 0, self.runbook or 0)


class Overlap(StrEnum):
    """What becomes of a run that would overlap with another; ALLOW: it may."""

    FORBID = "forbid"
    QUEUE = "queue"
    REPLACE = "replace"
    ALLOW = "allow"


class Per(StrEnum):
    """What two runs overlap in."""

    RUNBOOK = "runbook"
    ENVIRONMENT = "environment"
    HOSTS = "hosts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concurrency:
    """How runs of the runbook stand to others."""

    mode: Overlap
    per: Per = Per.HOSTS


ALONE = Concurrency(mode=Overlap.QUEUE, per=Per.ENVIRONMENT)
"""One run at a time in an environment, whatever it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety:
    """Limits the runbook itself sets; None means no limit of its own.

    `requires_approval` is True for always; `automation_safe`: rules, schedules and workflows may start it.
    """

    scopes: tuple[str, ...] | None = None
    requires_approval: bool | ApprovalWhen = False
    approvals: Approvals = field(default_factory=Approvals)
    confirm: Confirm | None = None
    max_hosts: int | None = None
    cooldown: Cooldown | None = None
    concurrency: Concurrency | None = None
    timeout: int | None = None
    check_first: bool = False
    automation_safe: bool = False
