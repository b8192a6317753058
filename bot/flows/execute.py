"""On a worker: a run id enters, the playbook happens, and everything about it leaves through the run's event stream."""

from dataclasses import dataclass, replace

import structlog

from bot.catalog import Catalog
from bot.commands import state_of
from bot.engine import Engine
from bot.errors import CouldNotRun, NotAllowed, PlanChanged, SignalboxError
from bot.flows.close import close_stream
from bot.flows.second_look import SecondLook
from bot.flows.stages import InSteps
from bot.flows.waves import InWaves
from bot.guards import PolicyFile
from bot.model.event import ENDED, RunEvent
from bot.model.run import Plan
from bot.model.status import RunStatus
from bot.model.steps import in_steps
from bot.model.waves import Waves
from bot.queue import CANCELED, Envelope, RunQueue, Stops
from bot.stream import EventStream
from bot.targets import Inventories

_log = structlog.get_logger(__name__)

_LIMIT = "web and os=linux"
"""Any limit that uses all of the grammar: what reads limits is built when it reads one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execute:
    """The flow with the stations it passes; `queues` are those to which this worker listens, None for any."""

    catalog: Catalog
    inventories: Inventories
    policy: PolicyFile
    queue: RunQueue
    stops: Stops
    stream: EventStream
    engine: Engine
    queues: tuple[str, ...] | None = None

    def warm_up(self) -> None:
        """Load what every run needs before the next one forks: grammar, catalog, inventories that are mere files."""
        state_of(_LIMIT)
        self.queue.warm_up()
        self.catalog.runbooks()
        for name in self.inventories.names():
            self.inventories.count_from_files(name)

    def handle(self, run_id: int) -> None:
        """Carry the run out, once: whoever claims it first; its end is always in its stream."""
        if not self.queue.claim(run_id):
            _log.warning("claimed before", run_id=run_id)
            if self.stream.last_counter(run_id) and not self.queue.alive(run_id):
                self.queue.forget(run_id)  # it was taken out while it was being queued: nobody else would clear up
            return
        if self.stream.last_counter(run_id):
            _log.warning("started before", run_id=run_id)  # by one that seemed dead and was not: the run is its own
            return
        with self.queue.living(run_id):
            try:
                self._carry_out(run_id)
            except NotAllowed as error:
                self._end(run_id, RunStatus.DENIED, str(error))
            except SignalboxError as error:
                self._end(run_id, RunStatus.ERROR, str(error))
            except Exception as error:  # noqa: BLE001 (whatever it is, the run must end in its stream)
                _log.exception("could not carry out", run_id=run_id)
                self._end(run_id, RunStatus.ERROR, f"Signalbox failed itself ({type(error).__name__}).")
            finally:
                if self.queue.has(run_id):
                    self.queue.forget(run_id)
                self.queue.bell.ring()

    def _end(self, run_id: int, status: RunStatus, reason: str) -> None:
        """Say how it ended, unless we were taken for dead before it started, and others have it."""
        if self.queue.has(run_id):
            close_stream(self.stream, run_id, status, reason)

    def _carry_out(self, run_id: int) -> None:
        envelope = self.queue.envelope(run_id)
        if envelope is None:
            raise CouldNotRun("What was to be run is no longer in Redis.", f"Ask again: `rerun {run_id}`.")
        if self.queue.cancel_asked(run_id):
            self._end(run_id, RunStatus.CANCELED, "It was canceled before it started.")
            return
        if envelope.asked is None:
            raise CouldNotRun(
                "An older version queued this, and did not say who asked.", f"Ask again: `rerun {run_id}`."
            )
        self._belongs_here(envelope.plan)
        self._look.as_planned(envelope.plan)
        self._look.permit(envelope.plan, envelope.asked)
        self._hand_over(envelope)

    def _belongs_here(self, plan: Plan) -> None:
        """Refuse what the policy, as it is on this machine, gives to other workers, whoever put it into our queue."""
        environment = plan.target.environment
        queue = self.policy.policy().environment(environment).queue
        if self.queues is not None and queue not in self.queues:
            what = f"Runs in {environment} are for workers of the queue {queue}; this one has {', '.join(self.queues)}."
            raise PlanChanged(what, "Nothing was run. Give every machine the same signalbox.yml, and ask again.")

    @property
    def _look(self) -> SecondLook:
        return SecondLook(catalog=self.catalog, inventories=self.inventories, policy=self.policy, stops=self.stops)

    def _in_waves(self, envelope: Envelope, waves: Waves) -> None:
        InWaves(
            envelope=envelope,
            waves=waves,
            engine=self.engine,
            queue=self.queue,
            stream=self.stream,
            look=self._look,
        ).carry_out()

    def _in_steps(self, envelope: Envelope) -> None:
        InSteps(
            envelope=envelope, engine=self.engine, queue=self.queue, stream=self.stream, look=self._look
        ).carry_out()

    def _hand_over(self, envelope: Envelope) -> None:
        log = _log.bind(run_id=envelope.run_id, runbook=envelope.plan.runbook)
        log.info("run starts", hosts=len(envelope.plan.target.hosts))
        if in_steps(envelope.plan):
            self._in_steps(envelope)
            log.info("run ended")
            return
        options = envelope.plan.options
        if options.waves is not None and not options.check:  # a check changes nothing: it looks at all hosts at once
            self._in_waves(envelope, options.waves)
            log.info("run ended")
            return
        outcome = self.engine.carry_out(
            envelope.run_id,
            envelope.plan,
            envelope.secrets,
            sink=lambda events: self.stream.append([self._told(event) for event in events]),
            cancel=lambda: self.queue.cancel_asked(envelope.run_id),
        )
        log.info("run ended", status=outcome.status.value, rc=outcome.rc)

    def _told(self, event: RunEvent) -> RunEvent:
        """The end of a run that was canceled says why; all others are as they are."""
        if event.kind != ENDED or event.data.get("status") != RunStatus.CANCELED.value:
            return event
        canceled, why = CANCELED.rstrip("."), self.queue.cancel_reason(event.run_id).rstrip(".")
        return replace(event, data={**event.data, "reason": str(event.data["reason"]).replace(canceled, why, 1)})
