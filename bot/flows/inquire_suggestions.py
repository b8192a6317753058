"""suggestions: what rules offer people to run, as far as somebody may, and what the guards say to it."""

from dataclasses import dataclass

from bot.commands import to_text
from bot.errors import CouldNotRun, Refused
from bot.flows.explain import Explain
from bot.flows.explained import answer
from bot.flows.permission import Permission
from bot.ledger import Suggestions
from bot.model.reply import Reply, Table, Text
from bot.model.request import Request
from bot.model.suggestion import Suggestion, SuggestionState

MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class InquireSuggestions:
    """Questions about suggestions."""

    suggestions: Suggestions
    explain: Explain
    permission: Permission

    def listed(self, request: Request) -> Reply:
        """What is offered, newest first, with the answer that the person who asks would get."""
        offered = self.suggestions.find(SuggestionState.OFFERED)
        rows = tuple(self._row(each, request) for each in offered if self._may_see(each, request))[:MOST]
        if not rows:
            return Reply(parts=(Text(text="No rule suggests anything that you may run from here."),))
        columns = ("number", "incident", "command", "rule", "you may", "why it is not done by itself")
        table = Table(title="Suggestions", columns=columns, rows=rows)
        return Reply(parts=(table, Text(text="`take <number>` asks for one.")))

    def _may_see(self, offered: Suggestion, request: Request) -> bool:
        planning = self.explain.planning
        try:
            environment = planning.environment(planning.catalog.get(offered.ask.runbook), offered.ask)
        except Refused:
            return False
        return self.permission.may_act(request, offered.ask.runbook, environment)

    def _row(self, offered: Suggestion, request: Request) -> tuple[str, ...]:
        incident = "" if offered.incident_id is None else str(offered.incident_id)
        may = self._answer(offered, request)
        return (str(offered.id), incident, to_text(offered.ask), offered.actor, may, offered.reason)

    def _answer(self, offered: Suggestion, request: Request) -> str:
        try:
            return answer(self.explain.handle(offered.ask, request))
        except (Refused, CouldNotRun) as error:
            return f"no: {error.what}"
