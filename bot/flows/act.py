"""What an action of a rule does: an action, filled in, and the match that it is for enter; runs, words, rows leave."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from bot.flows.act_run import ActRun
from bot.flows.calling import Calling
from bot.flows.incident_story import Story
from bot.ledger import Suggestions
from bot.model.rule import Action, Debug, Escalate, Notify, PrintEvent, RunPlaybook, RunRunbook, SuggestRunbook
from bot.model.suggestion import Call
from bot.rules import Match, incident_of

_log = structlog.get_logger(__name__)

LONGEST = 2_000
"""Characters of a text that a rule says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """The flow with the stations it passes."""

    runs: ActRun
    suggestions: Suggestions
    story: Story
    calling: Calling
    clock: Callable[[], float] = time.time

    def handle(self, action: Action, match: Match, number: int) -> None:
        """Do it once; `number` is the action's place in its rule. Unavailable when it has to be tried again."""
        key = key_of(match, number)
        match action:
            case RunRunbook() | SuggestRunbook() | RunPlaybook():
                self.runs.handle(action, match, key)
            case Notify():
                self._notify(action, match, key)
            case Escalate():
                self._escalate(action, match, key)
            case Debug(text=text):
                _log.info("rule", ruleset=match.ruleset, rule=match.rule, text=text[:LONGEST])
            case PrintEvent():
                _log.info("rule", ruleset=match.ruleset, rule=match.rule, events=str(dict(match.events))[:LONGEST])

    def cannot(self, match: Match, number: int, action: Action, why: str) -> None:
        """An action names what did not come with its event: nothing is done, and people are told."""
        _log.warning("an action cannot be filled in", ruleset=match.ruleset, rule=match.rule, why=why)
        name = type(action).__name__
        self.story.tell(incident_of(match), "rule_refused", match, f"{name}: {why}", key=key_of(match, number))

    def _notify(self, action: Notify, match: Match, key: str) -> None:
        incident = incident_of(match)
        calling = self.calling
        place = calling.channel(action.channel) if action.channel else calling.where(incident)
        text = action.text[:LONGEST]
        calling.chat.say(place, text, f"rule:{key}")
        self.story.tell(incident, "notified", match, text, key=key)

    def _escalate(self, action: Escalate, match: Match, key: str) -> None:
        """From now on somebody is called; where there is no incident on which one could act, all at once."""
        incident = incident_of(match)
        if incident is None:
            text = action.text[:LONGEST] or f"{match.ruleset}/{match.rule} calls."
            for name in action.to:
                self.calling.handle(None, name, text, f"rule:{key}:{name}")
            return
        now = datetime.fromtimestamp(self.clock(), UTC)
        self.suggestions.add_call(
            Call(
                key=key,
                incident_id=incident,
                to=action.to,
                after=action.after,
                text=action.text[:LONGEST],
                next_at=datetime.fromtimestamp(now.timestamp() + action.after, UTC),
            )
        )


def key_of(match: Match, number: int) -> str:
    """The name of one action for one match, the same whenever it is looked at."""
    return hashlib.sha256(f"{match.id}\0{number}".encode("utf-8", "replace")).hexdigest()
