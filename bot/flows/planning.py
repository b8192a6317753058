"""From what somebody asks to what the guards look at, and to the plan that they allow; nothing is stored or queued."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.catalog import Catalog
from bot.errors import BadTarget, ProjectBroken, WrongState
from bot.flows.aim import Aim
from bot.flows.places import only_environment
from bot.flows.provided import provided_target, provider_of, unknown_target
from bot.guards import PolicyFile, Question
from bot.ledger import Ledger
from bot.model.command import AskRun, Rehearsal
from bot.model.consent import Stage
from bot.model.promotion import Promotion
from bot.model.provider import about_environment
from bot.model.request import Request
from bot.model.run import Plan, Run, Target
from bot.model.runbook import Revision, Runbook
from bot.model.safety import ALONE, Overlap
from bot.model.status import RunStatus
from bot.model.stop import Stop
from bot.queue import Stops
from bot.targets import Inventories

MOST_ACTIVE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """The steps with the stations they pass.

    Without a ledger nobody knows what ran before, without stops what is locked, and the guards say so.
    """

    catalog: Catalog
    inventories: Inventories
    policy: PolicyFile
    ledger: Ledger | None
    stops: Stops | None
    default_timeout: int
    facts_hours: float = 24.0

    def target(self, runbook: Runbook, ask: AskRun) -> Target:
        """The hosts that the command means; BadTarget or UnknownName when it is not clear which."""
        if about_environment(runbook.id):
            return provided_target(self.policy.policy(), self.inventories, ask.environment or "", ask.limit)
        environment = self.environment(runbook, ask)
        if self._machines_first(ask, environment):
            return self._expected(runbook, ask, environment)
        return self._aimed(runbook, ask, environment)

    def _aimed(self, runbook: Runbook, ask: AskRun, environment: str) -> Target:
        default = runbook.default_limit or self.policy.policy().environment(environment).default_limit
        return self.aim.resolve(environment, ask.limit or default, may_be_stale=ask.options.check)

    def _expected(self, runbook: Runbook, ask: AskRun, environment: str) -> Target:
        """The hosts of a run that brings its machines up first; none as long as nobody can know them."""
        try:
            return self._aimed(runbook, ask, environment)
        except (BadTarget, ProjectBroken):
            return unknown_target(self.policy.policy(), environment, ask.limit or runbook.default_limit)

    def _machines_first(self, ask: AskRun, environment: str) -> bool:
        """Whether machines come up before; WrongState where nobody does that, or where nothing is rehearsed."""
        policy, rehearsal = self.policy.policy(), ask.options.rehearsal
        if rehearsal is not None and policy.protected(environment):
            what = f"{environment} is protected, so nothing is rehearsed there."
            raise WrongState(what, "Rehearse in a test environment: `envs` lists them.")
        if ask.options.up or rehearsal not in {None, Rehearsal()}:
            provider_of(policy, environment)
        return ask.options.up or (rehearsal is not None and policy.provider(environment) is not None)

    def environment(self, runbook: Runbook, ask: AskRun) -> str:
        """The environment that the command means, by its name as it was written; UnknownName when it is not clear."""
        return ask.environment or runbook.default_environment or self._only_environment(runbook)

    @property
    def aim(self) -> Aim:
        """How limits become hosts."""
        return Aim(catalog=self.catalog, inventories=self.inventories, policy=self.policy, facts_hours=self.facts_hours)

    def question(self, request: Request, runbook: Runbook, target: Target, *, check: bool) -> Question:
        """What the guards are asked, before the values of parameters are known."""
        now = datetime.now(UTC)
        promotion = self.promotion(runbook, target.environment)
        own = self.ledger.asked(request.once_checked) if self.ledger and request.once else None
        return Question(
            actor=request.actor,
            conversation=request.conversation,
            origin=request.origin,
            groups=request.groups,
            runbook=runbook,
            target=target,
            environment_hosts=self.inventories.describe(target.environment).host_count,
            check=check,
            now=now,
            recent=self._recent(runbook, target.environment, now),
            active=_but(own, self._active(runbook, target.environment)),
            stops=self._stops(target.environment),
            promotion=promotion,
            content_hash=self.catalog.revision(runbook).content_hash if promotion else "",
        )

    def others(self, plan: Plan) -> tuple[tuple[Run, ...] | None, tuple[Run, ...] | None]:
        """What ran lately of the plan's runbook, and what is under way in its environment, as guards look at them."""
        runbook, environment = self.catalog.get(plan.runbook), plan.target.environment
        return self._recent(runbook, environment, datetime.now(UTC)), self._active(runbook, environment)

    def promotion(self, runbook: Runbook, environment: str) -> Promotion | None:
        """The one that stands; None where the runbook's own scopes let it run, and none is needed."""
        scopes = runbook.safety.scopes
        if self.ledger is None or scopes is None or environment in scopes:
            return None
        return next(iter(self.ledger.promotions(runbook.id, environment)), None)

    def open_values(self, runbook: Runbook, given: Mapping[str, str | list[str]]) -> dict[str, Any]:
        """The validated values of everything that is no secret; BadParameters with all that is wrong with them."""
        secret = secret_names(runbook)
        public = replace(runbook, parameters=tuple(each for each in runbook.parameters if not each.no_log))
        return self.catalog.validate(public, {name: value for name, value in given.items() if name not in secret})

    def plan(self, runbook: Runbook, ask: AskRun, target: Target, parameters: Mapping[str, Any]) -> Plan:
        """What a worker is to carry out; of secrets only the names. In steps it is alone in its environment."""
        options = replace(ask.options, up=self._machines_first(ask, target.environment))
        return Plan(
            runbook=runbook.id,
            summary=runbook.summary,
            playbook=runbook.playbook,
            module=runbook.module,
            module_args=runbook.module_args,
            become=runbook.become,
            target=target,
            parameters={name: value for name, value in parameters.items() if name not in runbook.secrets},
            secret_names=tuple(sorted(runbook.secrets & parameters.keys())),
            options=options,
            expect=runbook.expect,
            concurrency=ALONE if options.up or options.rehearsal else runbook.safety.concurrency,
            timeout=runbook.safety.timeout or self.default_timeout,
            revision=self.revision(runbook, target.environment),
        )

    def revision(self, runbook: Runbook, environment: str) -> Revision:
        """What would run there now, with what surrounds it."""
        return self.catalog.revision(runbook, self.inventories.folder(environment))

    def _stops(self, environment: str) -> tuple[Stop, ...] | None:
        """What is stopped there; locks of single hosts are looked at by the guard."""
        if self.stops is None:
            return None
        return tuple(stop for stop in self.stops.now() if stop.covers(environment))

    def _only_environment(self, runbook: Runbook) -> str:
        scopes = runbook.safety.scopes
        usable = [name for name in self.inventories.names() if scopes is None or name in scopes]
        return only_environment(usable, f"In which environment shall {runbook.id} run?")

    def _recent(self, runbook: Runbook, environment: str, now: datetime) -> tuple[Run, ...] | None:
        if self.ledger is None:
            return None
        if runbook.safety.cooldown is None:
            return ()
        found = self.ledger.ran_since(runbook.id, now - timedelta(seconds=runbook.safety.cooldown.longest))
        return tuple(run for run in found if run.plan.target.environment == environment and let_in(self.ledger, run))

    def _active(self, runbook: Runbook, environment: str) -> tuple[Run, ...] | None:
        if self.ledger is None:
            return None
        concurrency = runbook.safety.concurrency
        alone = concurrency is not None and concurrency.mode is Overlap.FORBID
        if not alone and self.policy.policy().environment(environment).max_concurrent is None:
            return ()
        found = self.ledger.find("active", last=MOST_ACTIVE)
        return tuple(run for run in found if run.plan.target.environment == environment and let_in(self.ledger, run))


def _but(own: int | None, found: tuple[Run, ...] | None) -> tuple[Run, ...] | None:
    """Those but the check that went before for the very same: who asked died over it, and it is asked for again."""
    return found if found is None or own is None else tuple(run for run in found if run.id != own)


def let_in(ledger: Ledger, run: Run) -> bool:
    """Whether a run may stand in the way of others: one that waits for people does so from their last yes on."""
    if run.status is not RunStatus.AWAITING_APPROVAL:
        return True
    pending = ledger.consent(run.id)
    return pending is not None and pending.stage is Stage.GRANTED


def turn_of(environment: str) -> str:
    """The turn in which runs are let into an environment, one after the other."""
    return f"ask:{environment}"


def secret_names(runbook: Runbook) -> frozenset[str]:
    """The names of the runbook's secrets, aliases too."""
    secret = [parameter for parameter in runbook.parameters if parameter.no_log]
    return frozenset(name for parameter in secret for name in (parameter.name, *parameter.spec.get("aliases", ())))


def typed_secrets(runbook: Runbook, ask: AskRun) -> frozenset[str]:
    """The names and aliases of secrets that stand in a command."""
    return frozenset(secret_names(runbook) & (ask.parameters.keys() | ask.fixed.keys()))
