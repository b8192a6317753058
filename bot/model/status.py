"""The statuses a run can have and the one table of which may follow which."""

from collections.abc import Mapping
from enum import StrEnum


class RunStatus(StrEnum):
    """Where a run stands; ansible-runner's own words with ours around them (docs/glossary.md)."""

    AWAITING_APPROVAL = "awaiting_approval"
    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    SUCCESSFUL = "successful"
    FAILED = "failed"
    TIMEOUT = "timeout"
    CANCELED = "canceled"
    LOST = "lost"
    ERROR = "error"
    DENIED = "denied"
    EXPIRED = "expired"

    @property
    def final(self) -> bool:
        """True when no other status can follow."""
        return not TRANSITIONS[self]

    @property
    def active(self) -> bool:
        """True while a worker has the run or is about to get it."""
        return self in {RunStatus.QUEUED, RunStatus.STARTING, RunStatus.RUNNING}


_S = RunStatus
_ENDS = frozenset({_S.SUCCESSFUL, _S.FAILED, _S.TIMEOUT, _S.CANCELED, _S.LOST, _S.ERROR})

TRANSITIONS: Mapping[RunStatus, frozenset[RunStatus]] = {
    _S.AWAITING_APPROVAL: frozenset({_S.QUEUED, _S.DENIED, _S.EXPIRED, _S.CANCELED}),
    _S.QUEUED: frozenset({_S.STARTING, _S.DENIED, _S.CANCELED, _S.ERROR, _S.LOST}),
    _S.STARTING: frozenset({_S.RUNNING}) | _ENDS,
    _S.RUNNING: _ENDS,
    _S.SUCCESSFUL: frozenset(),
    _S.FAILED: frozenset(),
    _S.TIMEOUT: frozenset(),
    _S.CANCELED: frozenset(),
    _S.LOST: frozenset(),
    _S.ERROR: frozenset(),
    _S.DENIED: frozenset(),
    _S.EXPIRED: frozenset(),
}


def may_follow(now: RunStatus, then: RunStatus) -> bool:
    """Whether `then` may come after `now`."""
    return then in TRANSITIONS[now]


def may_precede(then: RunStatus) -> frozenset[RunStatus]:
    """Every status that `then` may follow."""
    return frozenset(now for now in RunStatus if may_follow(now, then))
