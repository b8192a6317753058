"""What the audit keeps: commands, refusals, decisions, starts, ends and cancels enter, `automation_events` leave.

`action` is what was asked for: the runbook's id, or a command's word; `status` what was decided or became of it.
docs/audit.md has every word.
"""

from dataclasses import dataclass

from bot.errors import NotAllowed, Refused
from bot.ledger import AutomationEvent, Ledger, service_of
from bot.model.people import Actor
from bot.model.request import Request
from bot.model.run import Run
from bot.model.runbook import Revision
from bot.model.status import RunStatus

ACCEPTED, REFUSED, REQUIRES_MANUAL = "accepted", "refused", "requires_manual"
STARTED, CANCEL_ASKED = "started", "cancel_asked"
CONFIRMATION, APPROVAL, DENIAL, BREAK_GLASS = "confirmation", "approval", "denial", "break_glass"
LOCKED, UNLOCKED, FROZEN, UNFROZEN = "locked", "unlocked", "frozen", "unfrozen"
PROMOTED, DEMOTED = "promoted", "demoted"
ACKNOWLEDGED, ASSIGNED, NOTED, CLOSED = "acknowledged", "assigned", "noted", "closed"
MUTED, UNMUTED, ESCALATED = "muted", "unmuted", "escalated"
ESCALATION = "signalbox:escalation"
"""The actor where nobody has acted."""
BRAKE = "signalbox:brake"
"""The actor where nobody acts but Signalbox itself."""
BRAKED, RELEASED = "braked", "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Writes the audit through the ledger."""

    ledger: Ledger

    def acceptance(self, run: Run) -> AutomationEvent:
        """What is written when a run is stored that is about to be queued, together with it."""
        return _about(run, status=ACCEPTED, actor=run.actor)

    def accepted_at_last(self, run: Run) -> None:
        """A run that waited for people is queued; one row, however often it is told."""
        self.ledger.record_once(self.acceptance(run))

    def requires_manual(self, run: Run, reason: str) -> None:
        """The guards ask for a person: the run does not go on before somebody has confirmed or approved it."""
        self.about(run, status=REQUIRES_MANUAL, actor=run.actor, reason=reason)

    def refused(self, request: Request, refusal: Refused, action: str, environment: str = "") -> None:
        """Something was asked for and refused; what was typed may hold secrets and is not kept, a guard's words are."""
        guards = refusal.guards if isinstance(refusal, NotAllowed) else ()
        self.decided(
            request,
            action,
            REFUSED,
            environment=environment,
            result=": ".join([type(refusal).__name__, *([", ".join(guards)] if guards else [])]),
            reason=refusal.what if isinstance(refusal, NotAllowed) else "",
        )

    def decided(
        self,
        request: Request,
        action: str,
        status: str,
        *,
        environment: str = "",
        result: str = "",
        reason: str = "",
        hosts: tuple[str, ...] = (),
        revision: str = "",
        incident_id: int | None = None,
    ) -> None:
        """Any decision on what somebody asked for, such as a lock, a promotion, or a vote on a run that is not made."""
        self.ledger.record(
            AutomationEvent(
                action=action,
                environment=environment,
                actor=str(request.actor),
                origin=request.origin.value,
                channel=str(request.conversation),
                status=status,
                result=result,
                reason=reason,
                hosts=hosts,
                revision=revision,
                incident_id=incident_id,
            )
        )

    def escalated(self, incident_id: int, to: str) -> None:
        """Nobody has acted on an incident: somebody was called."""
        self.ledger.record(
            AutomationEvent(action="incident", actor=ESCALATION, status=ESCALATED, reason=to, incident_id=incident_id)
        )

    def braked(self, environment: str, reason: str) -> None:
        """Too much went wrong, or too much was started: no rule starts anything there any more."""
        self.ledger.record(
            AutomationEvent(action="brake", environment=environment, actor=BRAKE, status=BRAKED, reason=reason)
        )

    def cancel_asked(self, run: Run, actor: Actor) -> None:
        """Somebody asked for a run to be canceled."""
        self.about(run, status=CANCEL_ASKED, actor=actor)

    def started(self, run: Run) -> None:
        """A worker has begun; one row, however often it is told."""
        self.ledger.record_once(_about(run, status=STARTED, actor=run.actor))

    def ended(self, run: Run, status: RunStatus, reason: str) -> None:
        """A run has ended; one row, however often it is told."""
        self.ledger.record_once(_about(run, status=status.value, actor=run.actor, reason=reason, result=status.value))

    def about(self, run: Run, *, status: str, actor: Actor, reason: str = "", result: str = "") -> None:
        """Anything about a run; `result` is for its end alone."""
        self.ledger.record(_about(run, status=status, actor=actor, reason=reason, result=result))


def _about(run: Run, *, status: str, actor: Actor, reason: str = "", result: str = "") -> AutomationEvent:
    return AutomationEvent(
        run_id=run.id,
        service=service_of(run.plan),
        action=run.plan.runbook,
        environment=run.plan.target.environment,
        actor=str(actor),
        origin=run.origin.value,
        channel=str(run.conversation),
        status=status,
        result=result,
        reason=reason,
        parameters=run.plan.parameters,
        hosts=run.plan.target.hosts,
        revision=revision_text(run.plan.revision),
    )


def revision_text(revision: Revision) -> str:
    """Commit (`+` when the tree was dirty) and hash of the content."""
    return f"{revision.commit or ''}{'+' if revision.dirty else ''} {revision.content_hash}".strip()
