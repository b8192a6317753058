"""What is about to become a run enters, allowed; it leaves for SQL, and for the queue, or sealed to wait for people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.flows.brake import Brakes
from bot.flows.journal import Journal
from bot.guards import PolicyFile
from bot.ledger import AutomationEvent, Ledger
from bot.model.consent import Pending
from bot.model.promotion import Promotion
from bot.model.request import Asked, Consent, Request
from bot.model.run import Plan, Run
from bot.queue import Envelope, RunQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """The run that this one repeats, and how: rerun, retry or apply."""

    parent: int
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """The plan with the values of its secrets; `command` is as it may be kept, `promotion` what lets it run there."""

    plan: Plan
    secrets: Mapping[str, Any]
    command: str
    lineage: Lineage | None = None
    promotion: Promotion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The steps with the stations they pass.

    The envelope is sealed within the transaction that stores the run: there is no run without one, so that whoever
    dies before the run is queued leaves one that the relay can queue.
    """

    ledger: Ledger
    queue: RunQueue
    policy: PolicyFile
    brakes: Brakes
    journal: Journal

    def submit(self, going: Going, request: Request, consent: Consent | None = None) -> Run:
        """A run in the queue."""
        run = self._create(going, request, None, consent or Consent(), self.journal.acceptance)
        self.queue.line_up(run.id, run.plan)
        self.brakes.asked_for(run)
        return run

    def wait(self, going: Going, request: Request, pending: Pending) -> Run:
        """A run with what it waits for; its envelope lies sealed until it may be queued."""
        run = self._create(going, request, pending, Consent())
        self.journal.requires_manual(run, " ".join(pending.reasons))
        self.queue.bell.ring()
        self.brakes.asked_for(run)
        return run

    def _create(
        self,
        going: Going,
        request: Request,
        pending: Pending | None,
        consent: Consent,
        record: Callable[[Run], AutomationEvent] | None = None,
    ) -> Run:
        lineage = going.lineage

        def hold(run: Run) -> None:
            self.queue.hold(self._envelope(run, going, request, consent))

        return self.ledger.create(
            plan=going.plan,
            actor=request.actor,
            conversation=request.conversation,
            origin=request.origin,
            command=going.command,
            parent=lineage.parent if lineage else None,
            parent_how=lineage.how if lineage else "",
            pending=pending,
            once=request.once,
            record=record,
            before=hold,
        )

    def _envelope(self, run: Run, going: Going, request: Request, consent: Consent) -> Envelope:
        asked = Asked(
            actor=request.actor,
            conversation=request.conversation,
            origin=request.origin,
            groups=request.groups,
            consent=consent,
            promotion=going.promotion,
        )
        queue = self.policy.policy().environment(going.plan.target.environment).queue
        return Envelope(run_id=run.id, plan=going.plan, secrets=going.secrets, asked=asked, queue=queue)
