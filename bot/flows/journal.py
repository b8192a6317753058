"""What the audit keeps: commands, refusals, starts, ends and cancels enter, rows of `automation_events` leave."""

from dataclasses import dataclass

from bot.errors import Refused
from bot.ledger import AutomationEvent, Ledger
from bot.model.people import Actor
from bot.model.request import Request
from bot.model.run import Run
from bot.model.status import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Writes the audit through the ledger."""

    ledger: Ledger

    def accepted(self, run: Run) -> None:
        """A run was stored and is about to be queued."""
        self._about(run, action="run", status="accepted", actor=run.actor)

    def refused(self, request: Request, refusal: Refused, action: str) -> None:
        """Something was asked for and refused; the text itself may hold secrets and is not kept."""
        self.ledger.record(
            AutomationEvent(
                action=action,
                actor=str(request.actor),
                origin=request.origin.value,
                channel=str(request.conversation),
                status="refused",
                result=type(refusal).__name__,
            )
        )

    def cancel_asked(self, run: Run, actor: Actor) -> None:
        """Somebody asked for a run to be canceled."""
        self._about(run, action="cancel", status="accepted", actor=actor)

    def ended(self, run: Run, status: RunStatus, reason: str) -> None:
        """A run has ended; one row, however often it is told."""
        if not any(row.action == "end" for row in self.ledger.recorded(run.id)):
            self._about(run, action="end", status=status.value, actor=run.actor, reason=reason)

    def _about(self, run: Run, *, action: str, status: str, actor: Actor, reason: str = "") -> None:
        revision = run.plan.revision
        self.ledger.record(
            AutomationEvent(
                run_id=run.id,
                service=run.plan.runbook,
                action=action,
                environment=run.plan.target.environment,
                actor=str(actor),
                origin=run.origin.value,
                channel=str(run.conversation),
                status=status,
                reason=reason,
                parameters=run.plan.parameters,
                hosts=run.plan.target.hosts,
                revision=f"{revision.commit or ''}{'+' if revision.dirty else ''} {revision.content_hash}".strip(),
            )
        )
