"""What a run waits for before it may be queued: its asker's confirmation, others' approvals; and the steps in between.

A step is a function: what is waited for enters as it is now, and leaves as it is afterwards, or WrongState says why
it cannot be. The ledger makes each step in one transaction, so that of two at once the second sees the first.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.errors import WrongState
from bot.model.decision import Decision
from bot.model.request import Consent
from bot.model.status import RunStatus
from bot.model.words import duration


class Stage(StrEnum):
    """What is waited for now, or how the waiting came out."""

    CONFIRM = "confirm"
    APPROVE = "approve"
    GRANTED = "granted"
    DENIED = "denied"
    EXPIRED = "expired"
    CANCELED = "canceled"
    VOID = "void"
    """What was to be run is no longer what people were shown."""

    @property
    def open(self) -> bool:
        """Whether somebody can still say something."""
        return self in {Stage.CONFIRM, Stage.APPROVE}


ENDS = {
    Stage.DENIED: RunStatus.DENIED,
    Stage.EXPIRED: RunStatus.EXPIRED,
    Stage.CANCELED: RunStatus.CANCELED,
    Stage.VOID: RunStatus.DENIED,
}
"""The status in which a run ends whose waiting came out so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What one actor said, once and for good; `at` is UTC and aware."""

    actor: str
    yes: bool
    reason: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A file as it was when the run was asked for; `left_out` lines at its end are not in `text`."""

    name: str
    text: str
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What a run waits for, or has waited for; times are UTC and aware.

    `reasons` are the guards' own. `message` is what the asker is to confirm, empty when nothing; `count` how many
    approvals are wanted, 0 for none, of these `roles` when there are any, within `approve_seconds`. `deadline` is that
    of the present stage. `check_run` is the check that must be successful before anybody can approve. `broke_glass` is
    who skipped the approvals. `edition` counts the steps.
    """

    run_id: int = 0
    stage: Stage
    asked_at: datetime
    deadline: datetime
    reasons: tuple[str, ...] = ()
    message: str = ""
    count: int = 0
    roles: tuple[str, ...] = ()
    exclude_requester: bool = True
    approve_seconds: int = 0
    excerpts: tuple[Excerpt, ...] = ()
    check_run: int | None = None
    confirmed: bool = False
    broke_glass: str = ""
    settled_at: datetime | None = None
    settled_by: str = ""
    reason: str = ""
    edition: int = 0
    votes: tuple[Vote, ...] = ()

    @property
    def approvals(self) -> int:
        """How many have said yes."""
        return sum(vote.yes for vote in self.votes)

    @property
    def given(self) -> Consent:
        """What has been said so far, as it travels to the worker."""
        return Consent(confirmed=self.confirmed, approvals=self.approvals, broke_glass=bool(self.broke_glass))

    @property
    def whole(self) -> Consent:
        """What will have been said when all that is wanted has been said."""
        return Consent(confirmed=bool(self.message), approvals=self.count, broke_glass=bool(self.broke_glass))


Step = Callable[[Pending], Pending]


def pending_of(decision: Decision, now: datetime, excerpts: tuple[Excerpt, ...] = ()) -> Pending:
    """What a decision that asks makes a run wait for; the asker is asked first."""
    confirmation, approval = decision.confirmation, decision.approval
    seconds = approval.expires if approval else 0
    first = confirmation.timeout if confirmation else seconds
    return Pending(
        stage=Stage.CONFIRM if confirmation else Stage.APPROVE,
        asked_at=now,
        deadline=now + timedelta(seconds=first),
        reasons=tuple(reason.text for reason in decision.reasons),
        message=confirmation.message if confirmation else "",
        count=approval.count if approval else 0,
        roles=approval.roles if approval else (),
        exclude_requester=approval.exclude_requester if approval else True,
        approve_seconds=seconds,
        excerpts=excerpts,
    )


def confirm(pending: Pending, actor: str, at: datetime) -> Pending:
    """The asker has said yes: others are asked now, or nobody."""
    _require(pending, Stage.CONFIRM, at)
    said = replace(pending, confirmed=True)
    if not pending.count:
        return _settled(said, Stage.GRANTED, actor, "", at)
    until = at + timedelta(seconds=pending.approve_seconds)
    return replace(said, stage=Stage.APPROVE, deadline=until, edition=pending.edition + 1)


def vote(pending: Pending, said: Vote) -> Pending:
    """One no ends it, and so does the last yes that was wanted; nobody votes twice."""
    _require(pending, Stage.APPROVE, said.at)
    if any(other.actor == said.actor for other in pending.votes):
        raise WrongState(f"You have voted on run {pending.run_id} already.", "A vote stays as it is.")
    counted = replace(pending, votes=(*pending.votes, said))
    if not said.yes:
        why = f"{said.actor} denied it: {said.reason}" if said.reason else f"{said.actor} denied it."
        return _settled(counted, Stage.DENIED, said.actor, why, said.at)
    if counted.approvals >= pending.count:
        return _settled(counted, Stage.GRANTED, said.actor, "", said.at)
    return replace(counted, edition=pending.edition + 1)


def break_glass(pending: Pending, actor: str, reason: str, at: datetime) -> Pending:
    """Somebody skips the approvals, and says why."""
    _require(pending, Stage.APPROVE, at)
    return _settled(replace(pending, broke_glass=actor), Stage.GRANTED, actor, reason, at)


def expire(pending: Pending, at: datetime) -> Pending:
    """Its time is over, unless it is settled, or has time left."""
    if not pending.stage.open or at < pending.deadline:
        return pending
    if pending.stage is Stage.CONFIRM:
        why = "Nobody confirmed it in time."
    else:
        why = f"It had {pending.approvals} of {pending.count} approvals after {duration(pending.approve_seconds)}."
    return _settled(pending, Stage.EXPIRED, "", why, at)


def close(pending: Pending, stage: Stage, actor: str, reason: str, at: datetime) -> Pending:
    """It is over for another reason, unless it is settled already."""
    return _settled(pending, stage, actor, reason, at) if pending.stage.open else pending


def _settled(pending: Pending, stage: Stage, actor: str, reason: str, at: datetime) -> Pending:
    edition = pending.edition + 1
    return replace(pending, stage=stage, settled_at=at, settled_by=actor, reason=reason, edition=edition)


def _require(pending: Pending, stage: Stage, at: datetime) -> None:
    run = f"run {pending.run_id}"
    if not pending.stage.open:
        what = "is approved already" if pending.stage is Stage.GRANTED else f"is over: {pending.stage}"
        raise WrongState(f"Nothing is to be said any more, {run} {what}.", f"`show {pending.run_id}` tells more.")
    if at >= pending.deadline:
        raise WrongState(f"The time in which {run} could be answered is over.", f"Ask again: `rerun {pending.run_id}`.")
    if pending.stage is not stage:
        if pending.stage is Stage.CONFIRM:
            raise WrongState(f"Who asked has to confirm {run} first.", f"They say `confirm {pending.run_id}`.")
        raise WrongState(f"{run[0].upper()}{run[1:]} is confirmed already.", f"`show {pending.run_id}` tells more.")
