"""On a worker: a run id enters, the playbook happens, and everything about it leaves through the run's event stream."""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from bot.catalog import Catalog
from bot.engine import Engine
from bot.errors import CouldNotRun, NotAllowed, PlanChanged, Refused, SignalboxError
from bot.flows.close import close_stream
from bot.guards import PolicyFile, Question, decide, with_consent
from bot.model.decision import Verdict
from bot.model.request import Asked
from bot.model.run import Plan
from bot.model.status import RunStatus
from bot.model.words import some
from bot.queue import Envelope, RunQueue, Stops
from bot.stream import EventStream
from bot.targets import Inventories

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Execute:
    """The flow with the stations it passes."""

    catalog: Catalog
    inventories: Inventories
    policy: PolicyFile
    queue: RunQueue
    stops: Stops
    stream: EventStream
    engine: Engine

    def warm_up(self) -> None:
        """Load what every run needs (Ansible, runner, catalog) before the first one forks."""
        self.catalog.runbooks()
        self.inventories.names()

    def handle(self, run_id: int) -> None:
        """Carry the run out, once: whoever claims it first; its end is always in its stream."""
        if not self.queue.claim(run_id):
            _log.warning("claimed before", run_id=run_id)
            if not self.queue.alive(run_id):  # it was taken out while it was being queued: nobody else would clear up
                self.queue.forget(run_id)
            return
        with self.queue.living(run_id):
            try:
                self._carry_out(run_id)
            except NotAllowed as error:
                close_stream(self.stream, run_id, RunStatus.DENIED, str(error))
            except SignalboxError as error:
                close_stream(self.stream, run_id, RunStatus.ERROR, str(error))
            except Exception as error:  # noqa: BLE001 (whatever it is, the run must end in its stream)
                _log.exception("could not carry out", run_id=run_id)
                close_stream(self.stream, run_id, RunStatus.ERROR, f"Signalbox failed itself ({type(error).__name__}).")
            finally:
                self.queue.forget(run_id)

    def _carry_out(self, run_id: int) -> None:
        envelope = self.queue.envelope(run_id)
        if envelope is None:
            raise CouldNotRun("What was to be run is no longer in Redis.", f"Ask again: `rerun {run_id}`.")
        if self.queue.cancel_asked(run_id):
            close_stream(self.stream, run_id, RunStatus.CANCELED, "It was canceled before it started.")
            return
        if envelope.asked is None:
            raise CouldNotRun(
                "An older version queued this, and did not say who asked.", f"Ask again: `rerun {run_id}`."
            )
        self._as_planned(envelope.plan)
        self._permit(envelope.plan, envelope.asked)
        self._hand_over(envelope)

    def _as_planned(self, plan: Plan) -> None:
        """Refuse a plan whose hosts, playbook or runbook are not those that were shown."""
        try:
            now = self.inventories.resolve(plan.target.environment, plan.target.limit, fresh=True)
            revision = self.catalog.revision(self.catalog.get(plan.runbook))
        except Refused as error:
            raise PlanChanged(
                f"The project has changed since this was asked: {error.what}", f"Nothing was run. {error.remedy}"
            ) from None
        if now.hosts != plan.target.hosts:
            raise PlanChanged(
                f"The inventory has changed since this was asked: {_difference(plan.target.hosts, now.hosts)}.",
                "Nothing was run; ask again to see the hosts as they are now.",
            )
        if now.fingerprint != plan.target.fingerprint:
            raise PlanChanged(
                "The inventory has changed since this was asked: a host is reached in another way.",
                "Nothing was run; ask again.",
            )
        if revision.content_hash != plan.revision.content_hash:
            raise PlanChanged(f"{plan.runbook} has changed since this was asked.", "Nothing was run; ask again.")

    def _permit(self, plan: Plan, asked: Asked) -> None:
        """Ask the guards again: policy, hour, locks and freezes may be others now; NotAllowed unless they allow it.

        What else ran is not known here: cooldowns and the number of runs were judged when it was asked for.
        """
        question = Question(
            actor=asked.actor,
            conversation=asked.conversation,
            origin=asked.origin,
            groups=asked.groups,
            runbook=self.catalog.get(plan.runbook),
            target=plan.target,
            environment_hosts=self.inventories.describe(plan.target.environment).host_count,
            parameters=plan.parameters,
            check=plan.options.check,
            now=datetime.now(UTC),
            recent=None,
            active=None,
            stops=self.stops.now(),
            promotion=asked.promotion,
            content_hash=plan.revision.content_hash,
        )
        decision = with_consent(decide(self.policy.policy(), question), asked.consent)
        if decision.verdict is not Verdict.ALLOW:
            raise NotAllowed(f"When it was to start, it was no longer allowed: {decision.text}", "Nothing was run.")

    def _hand_over(self, envelope: Envelope) -> None:
        log = _log.bind(run_id=envelope.run_id, runbook=envelope.plan.runbook)
        log.info("run starts", hosts=len(envelope.plan.target.hosts))
        outcome = self.engine.carry_out(
            envelope.run_id,
            envelope.plan,
            envelope.secrets,
            sink=self.stream.append,
            cancel=lambda: self.queue.cancel_asked(envelope.run_id),
        )
        log.info("run ended", status=outcome.status.value, rc=outcome.rc)


def _difference(then: tuple[str, ...], now: tuple[str, ...]) -> str:
    parts = []
    if gone := [host for host in then if host not in set(now)]:
        parts.append(f"gone {some(gone, 5)}")
    if new := [host for host in now if host not in set(then)]:
        parts.append(f"new {some(new, 5)}")
    return "; ".join(parts) or "another order of hosts"
