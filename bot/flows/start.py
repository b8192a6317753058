"""From a run that somebody asks for to a run in the queue: runbook, target, guards, parameters, plan, ledger, queue."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.catalog import Catalog
from bot.commands import to_text
from bot.errors import BadParameters, NotAllowed, Refused
from bot.flows.journal import Journal
from bot.flows.places import only_environment
from bot.guards import PolicyFile, Question, decide
from bot.ledger import Ledger
from bot.model.command import AskRun
from bot.model.decision import Verdict
from bot.model.request import Accepted, Request, SecretsNeeded
from bot.model.run import Plan, Run, Target
from bot.model.runbook import Runbook
from bot.queue import Envelope, RunQueue
from bot.targets import Inventories

HIDDEN = "********"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """The run that this one repeats, and how: rerun, retry or apply."""

    parent: int
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The flow with the stations it passes; `default_timeout` in seconds is for runbooks without one."""

    catalog: Catalog
    inventories: Inventories
    policy: PolicyFile
    ledger: Ledger
    queue: RunQueue
    journal: Journal
    default_timeout: int

    def handle(self, ask: AskRun, request: Request, *, lineage: Lineage | None = None) -> Accepted | SecretsNeeded:
        """Queue the run, or say which secrets are missing; any Refused means that nothing was started."""
        runbook = self.catalog.get(ask.runbook)
        _keep_secret(runbook, ask, request)
        target = self.target(runbook, ask)
        self.permit(request, runbook, target, check=ask.options.check)
        given = {**ask.parameters, **{name: value for name, value in request.secrets.items() if value}}
        if missing := self._unanswered(runbook, given, request.secrets):
            return _questions(runbook, missing)
        parameters = self.catalog.validate(runbook, given)
        self._hold(runbook, ask, given, parameters)
        plan = self._plan(runbook, ask, target, parameters)
        secrets = {name: value for name, value in parameters.items() if name in runbook.secrets}
        return Accepted(run=self._queue(plan, secrets, to_text(_without_secrets(ask, runbook)), request, lineage))

    def target(self, runbook: Runbook, ask: AskRun) -> Target:
        """The hosts that the command means; BadTarget or UnknownName when it is not clear which."""
        environment = ask.environment or runbook.default_environment or self._only_environment(runbook)
        return self.inventories.resolve(environment, ask.limit or runbook.default_limit)

    def _only_environment(self, runbook: Runbook) -> str:
        scopes = runbook.safety.scopes
        usable = [name for name in self.inventories.names() if scopes is None or name in scopes]
        return only_environment(usable, f"In which environment shall {runbook.id} run?")

    def permit(self, request: Request, runbook: Runbook, target: Target, *, check: bool) -> None:
        """Ask the guards; NotAllowed with every reason unless they allow it."""
        policy = self.policy.policy()
        cooldown = runbook.safety.cooldown
        recent = self.ledger.ran_since(runbook.id, _ago(cooldown)) if cooldown is not None else []
        question = Question(
            actor=request.actor,
            conversation=request.conversation,
            runbook=runbook,
            target=target,
            environment_hosts=self.inventories.describe(target.environment).host_count,
            check=check,
            groups=request.groups,
            recent=tuple(run for run in recent if run.plan.target.environment == target.environment),
        )
        decision = decide(policy, question)
        if decision.verdict is Verdict.DENY:
            raise NotAllowed(" ".join(decision.reasons))
        if decision.verdict is Verdict.ASK:
            self.journal.requires_manual(request, runbook, target, decision.reasons)
            raise NotAllowed(" ".join(decision.reasons), "Approvals can't be given yet, so it does not run.")
        if (waiting := self.queue.depth()) >= policy.limits.queue:
            raise Refused(f"The queue is full, {waiting} waiting.", "Try again when some have run.")

    def _unanswered(self, runbook: Runbook, given: Mapping[str, Any], answers: Mapping[str, Any]) -> tuple[str, ...]:
        """The secrets still to be asked for; one that is not required may be answered with nothing."""
        optional = {parameter.name for parameter in runbook.parameters if not parameter.required}
        missing = self.catalog.missing_secrets(runbook, given)
        return tuple(name for name in missing if name not in answers or name not in optional)

    def _hold(
        self, runbook: Runbook, ask: AskRun, given: Mapping[str, str | list[str]], parameters: Mapping[str, Any]
    ) -> None:
        """What a phrase fixed must stand in the validated parameters as it was said."""
        said = {name: value for name, value in ask.fixed.items() if name not in {"limit", "environment"}}
        meant = self.catalog.validate(runbook, {**given, **said}) if said else {}
        changed = [name for name in said if meant.get(name) != parameters.get(name)]
        if changed:
            raise BadParameters(f"The phrase already says {', '.join(changed)}.", "Leave the other value out.")

    def _plan(self, runbook: Runbook, ask: AskRun, target: Target, parameters: Mapping[str, Any]) -> Plan:
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
            options=ask.options,
            expect=runbook.expect,
            timeout=runbook.safety.timeout or self.default_timeout,
            revision=self.catalog.revision(runbook),
        )

    def _queue(
        self, plan: Plan, secrets: Mapping[str, Any], command: str, request: Request, lineage: Lineage | None
    ) -> Run:
        run = self.ledger.create(
            plan=plan,
            actor=request.actor,
            conversation=request.conversation,
            origin=request.origin,
            command=command,
            parent=lineage.parent if lineage else None,
            parent_how=lineage.how if lineage else "",
        )
        self.journal.accepted(run)
        self.queue.submit(Envelope(run_id=run.id, plan=plan, secrets=secrets))
        return run


def _ago(seconds: int) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def _questions(runbook: Runbook, names: tuple[str, ...]) -> SecretsNeeded:
    declared = {parameter.name: parameter.description for parameter in runbook.parameters}
    return SecretsNeeded(runbook=runbook.id, questions=tuple((name, declared[name]) for name in names))


def _without_secrets(ask: AskRun, runbook: Runbook) -> AskRun:
    """The command as it may be kept; a secret may also have been typed under an alias."""
    secret = secret_names(runbook)
    shown = {name: HIDDEN if name in secret else value for name, value in ask.parameters.items()}
    return replace(ask, parameters=shown, fixed={})


def _keep_secret(runbook: Runbook, ask: AskRun, request: Request) -> None:
    """NotAllowed for a secret typed where it is kept and others may read it: everywhere but in the terminal."""
    typed = sorted(secret_names(runbook) & (ask.parameters.keys() | ask.fixed.keys()))
    if typed and request.actor.transport != "terminal":
        raise NotAllowed(
            f"{', '.join(typed)} of {runbook.id} is secret and must not be typed into a channel.",
            "Leave it out, then a form asks for it; and change the value, for it has been seen. It was not kept here.",
        )


def secret_names(runbook: Runbook) -> frozenset[str]:
    """The names of the runbook's secrets, aliases too."""
    secret = [parameter for parameter in runbook.parameters if parameter.no_log]
    return frozenset(name for parameter in secret for name in (parameter.name, *parameter.spec.get("aliases", ())))
