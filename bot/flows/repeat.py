"""Once more: an earlier run enters, a new one with the same runbook and parameters leaves, after all guards again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.errors import WrongState
from bot.flows.planning import Planning
from bot.flows.start import Start, Started
from bot.flows.store import Lineage
from bot.ledger import Ledger
from bot.model.command import AskRun
from bot.model.request import Request
from bot.model.run import Run
from bot.model.runbook import Runbook
from bot.model.status import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """The flow, on top of Start."""

    start: Start

    def handle(self, how: str, run_id: int, request: Request) -> Started:
        """`how`: rerun (the same, resolved anew), retry (only hosts that came out badly), apply (a check, for real)."""
        ask = Repetition(planning=self.start.planning, ledger=self.start.ledger).ask(how, run_id)
        return self.start.handle(ask, request, lineage=Lineage(parent=run_id, how=how))


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """What an earlier run, asked for again, would be as a command."""

    planning: Planning
    ledger: Ledger

    def ask(self, how: str, run_id: int) -> AskRun:
        """The command that the repetition stands for; WrongState when it cannot be repeated that way."""
        run = self.ledger.get(run_id)
        return {"rerun": self._again, "retry": self._retry, "apply": self._apply}[how](run)

    def _again(self, run: Run) -> AskRun:
        """The command again, with the validated values of its plan; secrets are never kept, and asked for again."""
        plan = run.plan
        return AskRun(
            runbook=plan.runbook,
            limit=plan.target.limit,
            environment=plan.target.environment,
            parameters=_typed(plan.parameters, self.planning.catalog.get(plan.runbook)),
            options=plan.options,
        )

    def _retry(self, run: Run) -> AskRun:
        if not run.status.final:
            raise WrongState(f"Run {run.id} is still {run.status}.", "Retry it when it has ended.")
        planned = set(run.plan.target.hosts)  # others may turn up in a run, such as localhost; none is ours to aim at
        bad = [each.host for each in self.ledger.outcomes(run.id) if each.bad and each.host in planned]
        if not bad:
            raise WrongState(f"No host failed or was unreachable in run {run.id}.", f"`rerun {run.id}` repeats it all.")
        return replace(self._again(run), limit=",".join(bad))

    def _apply(self, run: Run) -> AskRun:
        """Exactly the plan that was checked: the same hosts, parameters, playbook and revision, or not at all."""
        if not run.plan.options.check:
            raise WrongState(f"Run {run.id} was no check.", "Apply takes a run that was asked for with --check.")
        if run.status is not RunStatus.SUCCESSFUL:
            raise WrongState(f"The check {run.id} is {run.status}.", "Only a successful check can be applied.")
        ask = self._again(run)
        runbook = self.planning.catalog.get(run.plan.runbook)
        now, then = self.planning.revision(runbook, run.plan.target.environment), run.plan.revision
        if replace(now, around=then.around) != then or now.unlike(then):
            raise _changed(run, f"{runbook.id} or its project is no longer at the revision that was checked")
        if self.planning.target(runbook, ask) != run.plan.target:
            raise _changed(run, "the hosts are no longer those that were checked")
        return replace(ask, options=replace(ask.options, check=False))


def _changed(run: Run, what: str) -> WrongState:
    return WrongState(f"Since check {run.id}, {what}.", "Check again, and apply that.")


def _typed(parameters: Mapping[str, Any], runbook: Runbook) -> dict[str, str | list[str]]:
    """Validated values as they would be typed: validating them again gives the same; defaults come by themselves."""
    defaults = {parameter.name: parameter.default for parameter in runbook.parameters}
    return {name: as_typed(value) for name, value in parameters.items() if value != defaults.get(name)}


def as_typed(value: Any) -> str | list[str]:
    """Text as it is, a list of texts as one, everything else as JSON."""
    if isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        return value
    return json.dumps(value)
