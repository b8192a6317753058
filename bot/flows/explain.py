"""What would become of a command: the command enters, an Explanation leaves; no host, queue or table is touched."""

from dataclasses import dataclass, replace

from bot.commands import to_text
from bot.errors import BadParameters, NotAllowed, NotUnderstood, Unavailable
from bot.flows.planning import Planning, typed_secrets
from bot.flows.repeat import Repetition
from bot.flows.start import without_secrets
from bot.guards import Question, explain, settle
from bot.model.command import AskApply, AskRerun, AskRetry, AskRun, Command
from bot.model.decision import Verdict
from bot.model.explanation import Explanation
from bot.model.request import Request
from bot.model.runbook import Runbook

WITHOUT_LEDGER = "The database was not asked: cooldowns, and how many runs there are, are unknown."


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain:
    """The flow, on the steps that a run takes."""

    planning: Planning

    def handle(self, command: Command, request: Request) -> Explanation:
        """Explain it; any Refused is what the command itself would be answered with before a guard is asked."""
        ask = self._ask(command)
        runbook = self.planning.catalog.get(ask.runbook)
        if typed_secrets(runbook, ask):
            raise NotAllowed("A secret does not belong into a question.", "Leave it out: no guard looks at its value.")
        target = self.planning.target(runbook, ask)
        question = self.planning.question(request, runbook, target, check=ask.options.check)
        explained = self._asked(question, to_text(without_secrets(ask, runbook)))
        if explained.decision.verdict is Verdict.DENY:
            return explained
        return self._with_values(explained, question, runbook, ask)

    def _ask(self, command: Command) -> AskRun:
        match command:
            case AskRun():
                return command
            case AskRerun() | AskRetry() | AskApply():
                return self._again(type(command).__name__.removeprefix("Ask").lower(), command.run_id)
        raise NotUnderstood("Only what starts a run can be explained.", "Write it as `why run ping in local`.")

    def _again(self, how: str, run_id: int) -> AskRun:
        if self.planning.ledger is None:
            raise Unavailable("Earlier runs are not known here.", "Set DATABASE_URL, or SIGNALBOX_HOME.")
        return Repetition(planning=self.planning, ledger=self.planning.ledger).ask(how, run_id)

    def _asked(self, question: Question, command: str) -> Explanation:
        answers = explain(self.planning.policy.policy(), question)
        return Explanation(
            command=command,
            target=question.target,
            answers=answers,
            decision=settle(answers),
            unknown="" if self.planning.ledger else WITHOUT_LEDGER,
        )

    def _with_values(self, before: Explanation, question: Question, runbook: Runbook, ask: AskRun) -> Explanation:
        """The same, once the values of the parameters are known too."""
        try:
            values = self.planning.open_values(runbook, ask.parameters)
        except BadParameters as error:
            return replace(before, problem=error.in_full)
        explained = self._asked(replace(question, parameters=values), before.command)
        if explained.decision.verdict is Verdict.DENY:
            return explained
        secrets = self.planning.catalog.missing_secrets(runbook, ask.parameters)
        plan = replace(self.planning.plan(runbook, ask, question.target, values), secret_names=secrets)
        return replace(explained, plan=plan, secrets=secrets)
