"""From a run that somebody asks for to a run in the queue: runbook, target, guards, parameters, plan, ledger, queue."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.catalog import Catalog
from bot.commands import to_text
from bot.errors import BadParameters, NotAllowed, Refused
from bot.flows.brake import Brakes
from bot.flows.journal import Journal
from bot.flows.planning import Planning, secret_names
from bot.flows.replace import Replace
from bot.guards import PolicyFile, Question, decide
from bot.ledger import Ledger
from bot.model.command import AskRun
from bot.model.decision import Decision, Verdict
from bot.model.people import UNATTENDED
from bot.model.promotion import Promotion
from bot.model.request import Accepted, Asked, Request, SecretsNeeded
from bot.model.run import Plan, Run, Target
from bot.model.runbook import Runbook
from bot.queue import Envelope, RunQueue, Stops, Turns
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
    stops: Stops
    turns: Turns
    replace_runs: Replace
    brakes: Brakes
    journal: Journal
    default_timeout: int

    @property
    def planning(self) -> Planning:
        """The steps up to the plan, which change nothing."""
        return Planning(
            catalog=self.catalog,
            inventories=self.inventories,
            policy=self.policy,
            ledger=self.ledger,
            stops=self.stops,
            default_timeout=self.default_timeout,
        )

    def handle(self, ask: AskRun, request: Request, *, lineage: Lineage | None = None) -> Accepted | SecretsNeeded:
        """Queue the run, or say which secrets are missing; any Refused means that nothing was started.

        The guards are asked as soon as who, what and where are known, again before a secret is asked for, and in the
        end about exactly what is queued. That last look and the queueing are done by one at a time in an environment,
        so that of two who ask at once the second one is judged with the first one's run.
        """
        runbook, planning = self.catalog.get(ask.runbook), self.planning
        _keep_secret(runbook, ask, request)
        target = planning.target(runbook, ask)
        question = planning.question(request, runbook, target, check=ask.options.check)
        self._permit(request, question, only_denials=True)
        given = {**ask.parameters, **{name: value for name, value in request.secrets.items() if value}}
        self._permit(request, replace(question, parameters=planning.open_values(runbook, given)))
        self._keep_bound()
        if missing := self._unanswered(runbook, given, request.secrets):
            return _questions(runbook, missing)
        parameters = self.catalog.validate(runbook, given)
        self._hold(runbook, ask, given, parameters)
        plan = planning.plan(runbook, ask, target, parameters)
        secrets = {name: value for name, value in parameters.items() if name in runbook.secrets}
        with self.turns.turn(f"ask:{target.environment}"):
            now = planning.question(request, runbook, target, check=ask.options.check)
            self._permit(request, replace(now, parameters=plan.parameters))
            self.replace_runs.handle(plan, request)
            asked = _asked(request, now.promotion)
            command = to_text(without_secrets(ask, runbook))
            return Accepted(run=self._queue(plan, secrets, command, asked, lineage))

    def target(self, runbook: Runbook, ask: AskRun) -> Target:
        """The hosts that the command means; BadTarget or UnknownName when it is not clear which."""
        return self.planning.target(runbook, ask)

    def _permit(self, request: Request, question: Question, *, only_denials: bool = False) -> None:
        """Ask the guards; NotAllowed with every reason unless they allow it, or unless it is too early to ask."""
        decision = decide(self.policy.policy(), question)
        if decision.verdict is Verdict.DENY:
            raise NotAllowed(decision.text, guards=decision.guards)
        if decision.verdict is Verdict.ASK and not only_denials:
            self.journal.requires_manual(request, question.runbook, question.target, decision.text)
            raise NotAllowed(decision.text, not_yet(decision))

    def _keep_bound(self) -> None:
        """Refused when as many runs wait as may."""
        if (waiting := self.queue.depth()) >= self.policy.policy().limits.queue:
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

    def _queue(
        self, plan: Plan, secrets: Mapping[str, Any], command: str, asked: Asked, lineage: Lineage | None
    ) -> Run:
        run = self.ledger.create(
            plan=plan,
            actor=asked.actor,
            conversation=asked.conversation,
            origin=asked.origin,
            command=command,
            parent=lineage.parent if lineage else None,
            parent_how=lineage.how if lineage else "",
        )
        self.journal.accepted(run)
        self.queue.submit(Envelope(run_id=run.id, plan=plan, secrets=secrets, asked=asked))
        if asked.origin in UNATTENDED or asked.actor.transport == "rule":
            self.brakes.handle(plan.target.environment)
        return run


def _asked(request: Request, promotion: Promotion | None) -> Asked:
    """What is judged again when a worker starts it."""
    return Asked(
        actor=request.actor,
        conversation=request.conversation,
        origin=request.origin,
        groups=request.groups,
        promotion=promotion,
    )


def not_yet(decision: Decision) -> str:
    """What is to be said when the guards ask: neither a confirmation nor an approval can be given so far."""
    wanted = [
        word
        for word, what in (("confirmed", decision.confirmation), ("approved", decision.approval))
        if what is not None
    ]
    return f"Nothing can be {' or '.join(wanted)} in this version, so it does not run."


def _questions(runbook: Runbook, names: tuple[str, ...]) -> SecretsNeeded:
    declared = {parameter.name: parameter.description for parameter in runbook.parameters}
    return SecretsNeeded(runbook=runbook.id, questions=tuple((name, declared[name]) for name in names))


def without_secrets(ask: AskRun, runbook: Runbook) -> AskRun:
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
