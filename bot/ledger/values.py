"""Values that only the ledger makes or takes: a change of status, and one row of the audit; and how text is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.errors import AskedBefore, UnknownName, WrongState
from bot.model.run import Run
from bot.model.status import RunStatus

NAME_LENGTH = 500
"""Characters kept of a name that is part of a key; a PostgreSQL index takes no more than 2,700 bytes."""

WHICH = ("all", "mine", "active", "failed")
FAILED = (RunStatus.FAILED, RunStatus.TIMEOUT, RunStatus.LOST, RunStatus.ERROR)
UNFINISHED = tuple(status for status in RunStatus if not status.final)
STARTED = (RunStatus.STARTING, RunStatus.RUNNING)
RULE = "rule:"
"""How actors begin that are no persons."""
SUPERSEDED = "promoted again"
"""Why a promotion has ended when there is a newer one."""
Before = Callable[[Run], None]
"""What is to be done before a new run is stored for good; what it raises undoes it."""
MOST = 1_000
"""How many runs or audit rows one question brings at most."""


def nothing(_run: Run) -> None:
    """Do nothing before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """One change of a run's status; `then` came after `before` (None when the run was made). `at` is UTC and aware."""

    run_id: int
    at: datetime
    before: RunStatus | None
    then: RunStatus
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationEvent:
    """One audit row; docs/audit.md says what each column means.

    `parameters` must be redacted before they come here; `at` None means now; `run_id` None means that no run was made.
    """

    action: str
    status: str
    service: str = ""
    environment: str = ""
    actor: str = ""
    origin: str = ""
    channel: str = ""
    result: str = ""
    reason: str = ""
    run_id: int | None = None
    incident_id: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    revision: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigure:
    """What is counted of a run: `waited` and `took` are seconds, None until its start and its end."""

    id: int
    runbook: str
    service: str
    status: RunStatus
    waited: float | None = None
    took: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentFigure:
    """What is counted of a run that wanted approvals: `result` is empty, and `age` (seconds) None, until it is settled.

    `result` is a stage that settles, or break_glass.
    """

    run_id: int
    result: str = ""
    age: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuestion:
    """Which audit rows are wanted: the newest `last` (1,000 at most) that are about all that is not None."""

    last: int = 100
    run_id: int | None = None
    incident_id: int | None = None
    actor: str | None = None
    environment: str | None = None


def clean(text: str, length: int | None = None) -> str:
    """`text` as every database can keep it: NUL becomes its picture, lone surrogates `?`; cut to `length`."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    if "\0" in text:
        text = text.replace("\0", "\N{SYMBOL FOR NULL}")
    return text if length is None else text[:length]


def utc(moment: datetime) -> datetime:
    """The same moment in UTC; ValueError when it does not say in which zone it is."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)


def no_such_run(run_id: int) -> UnknownName:
    """The refusal for a run id that stands for nothing."""
    return UnknownName(f"There is no run {run_id}.", "`runs` lists the runs there are.")


def asked_before(run_id: int) -> AskedBefore:
    """The refusal for what has its run already."""
    return AskedBefore(f"That is run {run_id} already.", f"`show {run_id}` tells where it stands.", run_id=run_id)


def not_waiting(run_id: int) -> WrongState:
    """The refusal for a run that never waited for anybody."""
    return WrongState(f"Run {run_id} waits for nobody.", f"`show {run_id}` tells where it stands.")


def at_most(last: int) -> int:
    """How many to bring when `last` are asked for."""
    return max(0, min(last, MOST))
