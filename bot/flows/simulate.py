"""A rehearsal: what somebody would say enters, what would become of it leaves; no host, queue or table is touched."""

from dataclasses import dataclass

from bot.errors import NotUnderstood, Refused
from bot.flows.explain import Explain
from bot.flows.explained import outcome
from bot.flows.permission import Permission
from bot.flows.understand import Understand
from bot.model.command import AskApply, AskRerun, AskRetry, AskRun, AskWhy, Command, Deed
from bot.model.decision import Verdict
from bot.model.explanation import Explanation
from bot.model.request import Request
from bot.model.simulation import Simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulate:
    """The flow with the flows it hands over to."""

    permission: Permission
    understand: Understand
    explain: Explain

    def handle(self, request: Request) -> Simulation:
        """Rehearse it, with the answers that the command itself would get."""
        try:
            self.permission.to_ask(request)
            return self._rehearsed(self.understand.handle(request), request)
        except Refused as refusal:
            return Simulation(verdict=Verdict.DENY, text=f"It would be refused. {refusal.in_full}")

    def _rehearsed(self, command: Command, request: Request) -> Simulation:
        if isinstance(command, AskRun | AskRerun | AskRetry | AskApply):
            explained = self.explain.handle(command, request)
            return Simulation(verdict=_verdict(explained), text=outcome(explained), explanation=explained)
        if isinstance(command, Deed):
            raise NotUnderstood("That cannot be rehearsed.", "Simulate what starts a run.")
        what = "It explains, and does nothing." if isinstance(command, AskWhy) else "It is a question."
        return Simulation(verdict=Verdict.ALLOW, text=f"{what} It would be answered.")


def _verdict(explained: Explanation) -> Verdict:
    return Verdict.DENY if explained.problem else explained.decision.verdict
