"""On a worker: a run in steps; machines come up, the playbook is checked, run, run again, machines go, in one stream.

Which hosts there are is known for certain when the machines are up: then everything is looked at again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.engine import Engine
from bot.errors import PlanChanged, SignalboxError
from bot.flows.close import close_stream
from bot.flows.part import Ended, PartSink, tell
from bot.flows.second_look import SecondLook
from bot.model.event import STEP
from bot.model.run import Plan, Target
from bot.model.status import RunStatus
from bot.model.steps import Doing, steps
from bot.model.words import some
from bot.queue import Envelope, RunQueue
from bot.stream import EventStream

SHOWN = 8


@dataclass(slots=True, kw_only=True)
class InSteps:
    """One run, step by step; the first one that does not succeed is the last."""

    envelope: Envelope
    engine: Engine
    queue: RunQueue
    stream: EventStream
    look: SecondLook
    _steps: tuple[Doing, ...] = field(init=False)
    _target: Target | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._steps = steps(self.envelope.plan)

    def carry_out(self) -> None:
        """All steps; the run's end is the last event."""
        status, reason, busy = self._through()
        close_stream(self.stream, self.envelope.run_id, status, reason, busy)

    def _through(self) -> Ended:
        for number, step in enumerate(self._steps):
            if self.queue.cancel_asked(self.envelope.run_id):
                return RunStatus.CANCELED, self.queue.cancel_reason(self.envelope.run_id), ()
            self._tell(number, "running")
            try:
                status, reason, busy = self._do(number, step)
            except SignalboxError as error:
                status, reason, busy = RunStatus.ERROR, str(error), ()
            if status is not RunStatus.SUCCESSFUL:
                self._tell(number, "failed")
                return status, f"{step.name}: {reason}", busy
        return RunStatus.SUCCESSFUL, "", ()

    def _do(self, number: int, step: Doing) -> Ended:
        """One step as an engine's run of its own, permitted anew."""
        run_id, asked = self.envelope.run_id, self.envelope.asked
        plan = step.plan if step.machines else self._aimed(step.plan)
        if asked is not None:  # that the machines go was asked for with the run itself
            consent = replace(asked.consent, confirmed=True) if step.machines else asked.consent
            self.look.permit(plan, replace(asked, consent=consent))
        sink = PartSink(stream=self.stream, base=self.stream.last_counter(run_id), kind=STEP, later=number > 0)
        outcome = self.engine.carry_out(
            run_id, plan, self.envelope.secrets, sink=sink, cancel=lambda: self.queue.cancel_asked(run_id)
        )
        if outcome.status is RunStatus.SUCCESSFUL:
            self._tell(number, "done", _changes(tuple(sink.changed)) if self._again(number) else "")
        return outcome.status, outcome.reason, outcome.busy_hosts

    def _again(self, number: int) -> bool:
        return number > 0 and self._steps[number].plan == self._steps[number - 1].plan

    def _aimed(self, plan: Plan) -> Plan:
        """The plan with the hosts that there are now; PlanChanged when others were shown."""
        if not self.envelope.plan.options.up:
            return plan
        if self._target is None:
            self._target = self.look.hosts_now(plan)
            if plan.target.hosts and plan.target.hosts != self._target.hosts:
                what = f"The limit {plan.target.limit} means other hosts since the machines are up."
                raise PlanChanged(what, "The playbook was not run; ask again.")
        return replace(plan, target=self._target)

    def _tell(self, number: int, state: str, note: str = "") -> None:
        run_id, names = self.envelope.run_id, [step.name for step in self._steps]
        more = f" ({note})" if note else ""
        message = f"step {number + 1} of {len(names)}, {names[number]}: {state}{more}"
        data = {"number": number + 1, "names": names, "state": state, "note": note}
        tell(self.stream, run_id, STEP, message, data)


def _changes(tasks: Sequence[str]) -> str:
    """What the second run changed: whether the playbook is idempotent."""
    return f"not idempotent, it changed again: {some(tasks, SHOWN)}" if tasks else "idempotent, nothing changed"
