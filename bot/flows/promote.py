"""promote and demote: a command enters; a runbook may run in one more environment, or no longer; a Reply leaves."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.catalog import Catalog
from bot.errors import UnknownName, WrongState
from bot.flows import journal
from bot.flows.journal import Journal, revision_text
from bot.flows.permission import Permission
from bot.ledger import Ledger
from bot.model.command import AskDemote, AskPromote
from bot.model.promotion import Promotion
from bot.model.reply import Reply, Text
from bot.model.request import Request
from bot.model.run import Run
from bot.model.runbook import Revision, Runbook
from bot.model.status import RunStatus
from bot.targets import Inventories


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote:
    """The flow with the stations it passes; whatever it does is in the audit, with the revision."""

    catalog: Catalog
    inventories: Inventories
    ledger: Ledger
    permission: Permission
    journal: Journal

    def handle(self, command: AskPromote | AskDemote, request: Request) -> Reply:
        """Do it; NotAllowed when the actor may not, WrongState when there is nothing to promote or take back."""
        runbook = self.catalog.get(command.runbook)
        self.permission.to_promote(request, runbook.id, command.environment)
        if isinstance(command, AskPromote):
            return Reply(parts=(Text(text=self._promote(command, runbook, request)),))
        return Reply(parts=(Text(text=self._demote(command, request)),))

    def _promote(self, ask: AskPromote, runbook: Runbook, request: Request) -> str:
        if ask.environment not in self.inventories.names():
            raise UnknownName("There is no such environment.", "`envs` tells about them.")
        scopes = runbook.safety.scopes
        if scopes is None or ask.environment in scopes:
            raise WrongState(f"{runbook.id} may run in {ask.environment} already.", "No promotion is needed.")
        revision = self.catalog.revision(runbook)
        evidence = ask.url or self._proven(ask, runbook, revision)
        made = self.ledger.promote(
            Promotion(
                id=0,
                runbook=runbook.id,
                environment=ask.environment,
                content_hash=revision.content_hash,
                evidence=evidence,
                actor=str(request.actor),
                at=datetime.now(UTC),
            )
        )
        self._note(request, journal.PROMOTED, made, evidence, revision_text(revision))
        holds = f"as long as its content is {made.content_hash[:8]}"
        return f"{made.runbook} may run in {made.environment} {holds}, because {evidence}."

    def _proven(self, ask: AskPromote, runbook: Runbook, revision: Revision) -> str:
        """The run as evidence: it has done this content well somewhere else; WrongState with what is missing."""
        run = self.ledger.get(ask.run_id or 0)
        if why := _proves_nothing(run, runbook, ask.environment, revision):
            raise WrongState(f"Run {run.id} is no evidence: {why}.", "It takes a successful run of the same content.")
        return f"rehearsal {run.id}" if run.plan.options.rehearsal else f"run {run.id}"

    def _demote(self, ask: AskDemote, request: Request) -> str:
        standing = self.ledger.promotions(ask.runbook, ask.environment)
        if not standing or not self.ledger.demote(ask.runbook, ask.environment, str(request.actor), ask.reason):
            raise WrongState(f"{ask.runbook} is not promoted to {ask.environment}.", "`promotions` lists what is.")
        self._note(request, journal.DEMOTED, standing[0], ask.reason, standing[0].content_hash)
        return f"{ask.runbook} is no longer promoted to {ask.environment}. A run that waits already is not called back."

    def _note(self, request: Request, status: str, promotion: Promotion, reason: str, revision: str) -> None:
        where = promotion.environment
        self.journal.decided(request, promotion.runbook, status, environment=where, reason=reason, revision=revision)


def _proves_nothing(run: Run, runbook: Runbook, environment: str, revision: Revision) -> str:
    """Why a run does not show that the runbook does well; empty when it does."""
    if run.plan.runbook != runbook.id:
        return f"it was {run.plan.runbook}"
    if run.status is not RunStatus.SUCCESSFUL:
        return f"it is {run.status}"
    if run.plan.options.check:
        return "it was a check"
    if run.plan.target.environment == environment:
        return f"it was in {environment} itself"
    if run.plan.revision.content_hash != revision.content_hash:
        return f"{runbook.id} has changed since"
    return ""
