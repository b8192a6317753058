"""From a run that somebody asks for to a run in the queue: runbook, target, guards, parameters, plan, ledger, queue."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.catalog import Catalog
from bot.commands import to_text
from bot.errors import AskedBefore, BadParameters, NotAllowed, Refused
from bot.flows.brake import Brakes
from bot.flows.excerpts import excerpts
from bot.flows.journal import Journal
from bot.flows.listening import nobody
from bot.flows.planning import Planning, secret_names, turn_of, typed_secrets
from bot.flows.replace import Replace
from bot.flows.store import Going, Lineage, Store
from bot.guards import PolicyFile, Question, decide, with_consent
from bot.ledger import Ledger, asked_before
from bot.model.command import AskRun
from bot.model.consent import pending_of
from bot.model.decision import Decision, Verdict
from bot.model.queues import DEFAULT
from bot.model.request import Accepted, Awaiting, Consent, Request, SecretsNeeded
from bot.model.run import Plan, Run, Target
from bot.model.runbook import Runbook
from bot.model.steps import in_steps, steps
from bot.queue import RunQueue, Stops, Turns
from bot.targets import Inventories

HIDDEN = "********"


Started = Accepted | Awaiting | SecretsNeeded


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The flow with the stations it passes; `default_timeout` in seconds is for runbooks without one.

    `facts_hours`: how old facts may be that choose hosts.
    """

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
    facts_hours: float = 24.0

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
            facts_hours=self.facts_hours,
        )

    def handle(self, ask: AskRun, request: Request, *, lineage: Lineage | None = None) -> Started:
        """Queue the run, let it wait for people, or say which secrets are missing.

        Any Refused means that nothing was stored.

        The guards are asked as soon as who, what and where are known, again before a secret is asked for, and in the
        end about exactly what is queued. That last look and the queueing are done by one at a time in an environment,
        so that of two who ask at once the second one is judged with the first one's run. What has a run already is
        AskedBefore, and not in its own way.
        """
        try:
            return self._handle(ask, request, lineage)
        except Refused:
            self._once(request)
            raise

    def run_only(self, ask: AskRun, request: Request) -> Run:
        """The same where nobody sits who could answer a question: a run, or Refused when secrets are missing."""
        answer = self.handle(ask, request)
        if isinstance(answer, SecretsNeeded):
            raise Refused(f"{ask.runbook} asks for secrets.", "A person has to ask for it.")
        return answer.run

    def _handle(self, ask: AskRun, request: Request, lineage: Lineage | None) -> Started:
        runbook, planning = self.catalog.get(ask.runbook), self.planning
        _keep_secret(runbook, ask, request)
        target = planning.target(runbook, ask)
        question = planning.question(request, runbook, target, check=ask.options.check)
        self._permit(question)
        given = {**ask.parameters, **{name: value for name, value in request.secrets.items() if value}}
        self._permit(replace(question, parameters=planning.open_values(runbook, given)))
        self._keep_bound(target.environment)
        if missing := self._unanswered(runbook, given, request.secrets):
            return _questions(runbook, missing)
        parameters = self.catalog.validate(runbook, given)
        self._hold(runbook, ask, given, parameters)
        plan = planning.plan(runbook, ask, target, parameters)
        self._permit_machines(plan, request)
        secrets = {name: value for name, value in parameters.items() if name in runbook.secrets}
        going = Going(plan=plan, secrets=secrets, command=to_text(without_secrets(ask, runbook)), lineage=lineage)
        with self.turns.turn(turn_of(target.environment)):
            return self._let_in(going, ask, request, runbook)

    def _let_in(self, going: Going, ask: AskRun, request: Request, runbook: Runbook) -> Accepted | Awaiting:
        """The last look, at exactly what is to be stored; then it is queued, or waits for people."""
        self._once(request)
        plan = going.plan
        now = self.planning.question(request, runbook, plan.target, check=plan.options.check)
        question = replace(now, parameters=plan.parameters)
        decision = self._permit(question)
        going = replace(going, promotion=question.promotion)
        if decision.verdict is Verdict.ASK:
            return Awaiting(run=self._wait(going, ask, request, question, decision))
        self.replace_runs.handle(plan, request)
        return Accepted(run=self._store.submit(going, request))

    @property
    def _store(self) -> Store:
        return Store(ledger=self.ledger, queue=self.queue, policy=self.policy, brakes=self.brakes, journal=self.journal)

    def _once(self, request: Request) -> None:
        """AskedBefore when the very thing that asks has its run."""
        if request.once and (run_id := self.ledger.asked(request.once)) is not None:
            raise asked_before(run_id)

    def target(self, runbook: Runbook, ask: AskRun) -> Target:
        """The hosts that the command means; BadTarget or UnknownName when it is not clear which."""
        return self.planning.target(runbook, ask)

    def _permit(self, question: Question) -> Decision:
        """Ask the guards; NotAllowed with every reason when they deny it."""
        decision = decide(self.policy.policy(), question)
        if decision.verdict is Verdict.DENY:
            raise NotAllowed(decision.text, guards=decision.guards)
        return decision

    def _permit_machines(self, plan: Plan, request: Request) -> None:
        """Who brings machines up with a run, or takes them down, needs the right to do just that, too."""
        for step in steps(plan) if in_steps(plan) else ():
            if step.machines:
                book, target = self.catalog.get(step.plan.runbook), step.plan.target
                self._permit(self.planning.question(request, book, target, check=False))

    def _keep_bound(self, environment: str) -> None:
        """Refused when as many runs wait in the environment's queue as may."""
        policy = self.policy.policy()
        if self.queue.depth() < policy.limits.queue:  # all of them together, which is quicker to ask
            return
        queue = policy.environment(environment).queue
        if (waiting := self.queue.depth(queue)) >= policy.limits.queue:
            full = "The queue is full" if queue == DEFAULT else f"The queue {queue} is full"
            unheard = "" if self.queue.workers(queue) else f" Until somebody starts one, {nobody(queue)}."
            raise Refused(f"{full}, {waiting} waiting.", f"Try again when some have run.{unheard}")

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

    def _wait(self, going: Going, ask: AskRun, request: Request, question: Question, decision: Decision) -> Run:
        """The run with what it waits for; where the runbook wants it, a check of the same goes first."""
        if (waiting := len(self.ledger.awaiting())) >= self.policy.policy().limits.queue:
            raise Refused(f"{waiting} runs wait for somebody's yes already.", "Try again when some are answered.")
        runbook = question.runbook
        pending = pending_of(decision, datetime.now(UTC), excerpts(self.catalog, runbook))
        if decision.approval and runbook.safety.check_first and not ask.options.check:
            pending = replace(pending, check_run=self._check(going, ask, request, question).id)
        return self._store.wait(going, request, pending)

    def _check(self, going: Going, ask: AskRun, request: Request, question: Question) -> Run:
        """Queue the check that shows what would change: approvals are not asked for it, all else holds."""
        consent = Consent(check_first=True)
        decision = with_consent(decide(self.policy.policy(), replace(question, check=True)), consent)
        if decision.verdict is not Verdict.ALLOW:
            what = f"The check that has to go first is not allowed: {decision.text}"
            raise NotAllowed(what, guards=decision.guards)
        options = replace(ask.options, check=True, diff=True)
        command = to_text(without_secrets(replace(ask, options=options), question.runbook))
        checked = replace(going, plan=replace(going.plan, options=options), command=command, lineage=None)
        asked = replace(request, once=request.once_checked)
        try:
            return self._store.submit(checked, asked, consent)
        except AskedBefore as before:  # who asked died before what waits for it was stored
            return self.ledger.get(before.run_id)


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
    typed = sorted(typed_secrets(runbook, ask))
    if typed and request.actor.transport != "terminal":
        raise NotAllowed(
            f"{', '.join(typed)} of {runbook.id} is secret and must not be typed into a channel.",
            "Leave it out, then a form asks for it; and change the value, for it has been seen. It was not kept here.",
        )
