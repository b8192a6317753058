"""Once more: an earlier run enters, a new one with the same runbook and parameters leaves, after all guards again."""

import json
from dataclasses import dataclass, replace
from typing import Any

from bot.errors import WrongState
from bot.flows.start import Lineage, Start
from bot.model.command import AskRun
from bot.model.request import Accepted, Request, SecretsNeeded
from bot.model.run import Run
from bot.model.status import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """The flow, on top of Start."""

    start: Start

    def handle(self, how: str, run_id: int, request: Request) -> Accepted | SecretsNeeded:
        """`how`: rerun (the same, resolved anew), retry (only hosts that came out badly), apply (a check, for real)."""
        run = self.start.ledger.get(run_id)
        ask = {"rerun": _again, "retry": self._retry, "apply": self._apply}[how](run)
        return self.start.handle(ask, request, lineage=Lineage(parent=run_id, how=how))

    def _retry(self, run: Run) -> AskRun:
        if not run.status.final:
            raise WrongState(f"Run {run.id} is still {run.status}.", "Retry it when it has ended.")
        bad = [outcome.host for outcome in self.start.ledger.outcomes(run.id) if outcome.bad]
        if not bad:
            raise WrongState(f"No host failed or was unreachable in run {run.id}.", f"`rerun {run.id}` repeats it all.")
        return replace(_again(run), limit=",".join(bad))

    def _apply(self, run: Run) -> AskRun:
        """Exactly the plan that was checked: the same hosts, parameters, playbook and revision, or not at all."""
        if not run.plan.options.check:
            raise WrongState(f"Run {run.id} was no check.", "Apply takes a run that was asked for with --check.")
        if run.status is not RunStatus.SUCCESSFUL:
            raise WrongState(f"The check {run.id} is {run.status}.", "Only a successful check can be applied.")
        ask = _again(run)
        runbook = self.start.catalog.get(run.plan.runbook)
        if self.start.catalog.revision(runbook) != run.plan.revision:
            raise _changed(run, f"{runbook.id} or its project is no longer at the revision that was checked")
        if self.start.target(runbook, ask) != run.plan.target:
            raise _changed(run, "the hosts are no longer those that were checked")
        return replace(ask, options=replace(ask.options, check=False))


def _changed(run: Run, what: str) -> WrongState:
    return WrongState(f"Since check {run.id}, {what}.", "Check again, and apply that.")


def _again(run: Run) -> AskRun:
    """The command again, with the validated values of its plan; secrets are never kept, so they are asked for again."""
    plan = run.plan
    return AskRun(
        runbook=plan.runbook,
        limit=plan.target.limit,
        environment=plan.target.environment,
        parameters={name: _as_typed(value) for name, value in plan.parameters.items()},
        options=plan.options,
    )


def _as_typed(value: Any) -> str | list[str]:
    """A validated value as it would be typed: validating it again gives the same."""
    if isinstance(value, list):
        return [item if isinstance(item, str) else json.dumps(item) for item in value]
    return value if isinstance(value, str) else json.dumps(value)
