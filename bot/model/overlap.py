"""Which runs may go on at the same time: what runs lay claim to enters, where they stand in each other's way leaves.

A run lays claim to places: each of its hosts, its environment, and where its runbook says so the runbook there. To a
place it comes in a mode, and two runs may be in one place when their modes suffer each other.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bot.model.run import Plan
from bot.model.safety import Concurrency, Overlap, Per

CHECK, ALLOW, PLAIN, ALONE, AMONG = "c", "a", "p", "x", "i"
"""Changes nothing; may be beside others; what says nothing of it; alone; among all others in an environment."""

BESIDE: Mapping[str, str] = {CHECK: CHECK + ALLOW, ALLOW: CHECK + ALLOW + PLAIN, PLAIN: ALLOW, ALONE: "", AMONG: AMONG}
"""By a mode, those that it suffers in the same place; it is the same from both sides."""


class Place(NamedTuple):
    """What one may lay claim to: `kind` is host, environment or runbook; a host is one of its environment."""

    kind: str
    environment: str
    name: str

    @property
    def word(self) -> str:
        """How people call it: `web1`, `all of lab`, `ping in lab`."""
        if self.kind == "host":
            return self.name
        return f"all of {self.environment}" if self.kind == "environment" else f"{self.name} in {self.environment}"


Claims = Mapping[Place, str]
"""Places with the mode for each."""


def claims(
    runbook: str, environment: str, hosts: Iterable[str], concurrency: Concurrency | None, *, check: bool
) -> Claims:
    """What a run of the runbook on these hosts lays claim to."""
    strict = concurrency is not None and concurrency.mode is not Overlap.ALLOW
    mode = _mode(concurrency, check=check)
    found = {Place("host", environment, host): mode for host in hosts}
    everywhere = strict and not check and concurrency is not None and concurrency.per is Per.ENVIRONMENT
    found[Place("environment", environment, "")] = ALONE if everywhere else AMONG
    if strict and concurrency is not None and concurrency.per is Per.RUNBOOK:
        found[Place("runbook", environment, runbook)] = mode
    return found


def claims_of(plan: Plan) -> Claims:
    """What a plan lays claim to."""
    target = plan.target
    return claims(plan.runbook, target.environment, target.hosts, plan.concurrency, check=plan.options.check)


def overlap(mine: Claims, others: Claims) -> tuple[Place, ...]:
    """The places in which two runs may not be at the same time."""
    return tuple(place for place, mode in mine.items() if place in others and others[place] not in BESIDE[mode])


def _mode(concurrency: Concurrency | None, *, check: bool) -> str:
    if check:
        return CHECK
    if concurrency is None:
        return PLAIN
    return ALLOW if concurrency.mode is Overlap.ALLOW else ALONE
