"""A suggestion that a person takes enters; the run that it stands for leaves, asked for by that person."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.commands import to_text
from bot.errors import WrongState
from bot.flows.incident_story import Story
from bot.flows.start import Start, Started
from bot.ledger import Suggestions
from bot.model.request import Accepted, Awaiting, Request
from bot.model.suggestion import Suggestion, SuggestionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """The flow, on top of Start: what was offered is asked for as the command that it is, after all guards."""

    start: Start
    suggestions: Suggestions
    story: Story

    def handle(self, suggestion_id: int, request: Request) -> Started:
        """Ask for it; WrongState when it is not offered any more. What refuses it leaves it offered."""
        offered = self.suggestions.get(suggestion_id)
        taken = replace(offered, state=SuggestionState.STARTING, taken_by=str(request.actor), changed_at=_now())
        if not self.suggestions.change(taken, SuggestionState.OFFERED):
            raise WrongState(f"Suggestion {suggestion_id} is not offered any more.", "See what has become of it.")
        try:
            answer = self.start.handle(taken.ask, request)
        except Exception:
            self._give_back(offered)
            raise
        if not isinstance(answer, Accepted | Awaiting):
            self._give_back(offered)
            return answer
        done = replace(taken, state=SuggestionState.TAKEN, run_id=answer.run.id, changed_at=_now())
        self.suggestions.change(done, SuggestionState.STARTING)
        who, run = str(request.actor), answer.run.id
        self.story.add(offered.incident_id, "suggestion_taken", who, to_text(taken.ask), key=taken.key, run=run)
        return answer

    def _give_back(self, offered: Suggestion) -> None:
        self.suggestions.change(replace(offered, changed_at=_now()), SuggestionState.STARTING)


def _now() -> datetime:
    return datetime.now(UTC)
