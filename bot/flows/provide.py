"""On a worker: a plan about an environment itself enters; its provider carries it out, machine by machine, as events.

Plans of every other kind are the engine's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.engine import Cancel, Engine, Outcome, Sink
from bot.errors import SignalboxError
from bot.flows.machines import Machines
from bot.flows.provided import provider_of
from bot.flows.telling import Telling
from bot.guards import PolicyFile
from bot.hosting import Canceled, Hosting, TimedOut
from bot.model.provider import PREFIX, SNAPSHOT, WHOLE, Wish, about_environment
from bot.model.run import Plan
from bot.model.status import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Provide:
    """An Engine for what is about environments, in front of the one for everything else."""

    engine: Engine
    hosting: Hosting
    policy: PolicyFile

    def carry_out(self, run_id: int, plan: Plan, secrets: Mapping[str, Any], sink: Sink, cancel: Cancel) -> Outcome:
        """See Engine."""
        if not about_environment(plan.runbook):
            return self.engine.carry_out(run_id, self._with_forks(plan), secrets, sink, cancel)
        telling = Telling(run_id, sink)
        telling.status(RunStatus.STARTING)
        telling.status(RunStatus.RUNNING)
        status, reason = self.grant(plan, plan.runbook.removeprefix(PREFIX), telling, cancel)
        return telling.end(status, reason)

    def _with_forks(self, plan: Plan) -> Plan:
        """Where the command does not say how many hosts at once, as many as the environment bears."""
        forks = self.policy.policy().environment(plan.target.environment).forks
        if forks is None or plan.options.forks is not None:
            return plan
        return replace(plan, options=replace(plan.options, forks=forks))

    def grant(self, plan: Plan, verb: str, telling: Telling, cancel: Cancel) -> tuple[RunStatus, str]:
        """Do it to the plan's environment; how it ended and why."""
        target = plan.target
        wish = Wish(
            verb=verb,
            environment=target.environment,
            machines=() if target.limit == WHOLE else target.hosts,
            name=str(plan.parameters.get(SNAPSHOT, "")),
            timeout=plan.timeout,
        )
        machines = Machines(wish, target.hosts, telling)
        try:
            self.hosting.carry_out(provider_of(self.policy.policy(), wish.environment), wish, machines.hear, cancel)
        except Canceled as error:
            return RunStatus.CANCELED, str(error)
        except TimedOut as error:
            return RunStatus.TIMEOUT, str(error)
        except SignalboxError as error:
            machines.settle()
            return RunStatus.FAILED, str(error)
        machines.settle()
        bad = machines.bad()
        return (RunStatus.FAILED, bad) if bad else (RunStatus.SUCCESSFUL, "")
