"""Somebody put a reaction on a message in an incident's thread: it enters; the message leaves as a line of its story.

Only the emoji that signalbox.yml names counts, only below the card of an incident, and each message once. Taking the
reaction away takes nothing out: the story is a record.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.alerts import AlertConfig, Said, mark
from bot.chat.slack.incoming import quoted
from bot.chat.slack.posting import Posting
from bot.errors import Misconfigured
from bot.flows.await_consent import utc_now
from bot.flows.journal import NOTED, Journal
from bot.flows.permission import Permission
from bot.flows.slack.answer import Answering
from bot.flows.slack.gate import Gate
from bot.ledger import Incidents
from bot.model.incoming import Incoming
from bot.model.secrecy import mask

_CARD = re.compile(r"incident:(\d{1,9}):")
SILENT = "(a message without text)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The flow with the stations it passes; `config` is what signalbox.yml says of alerts now."""

    config: Callable[[], AlertConfig]
    incidents: Callable[[], Incidents]
    posting: Posting
    gate: Gate
    permission: Permission
    journal: Journal
    answering: Answering
    clock: Callable[[], datetime] = utc_now

    def handle(self, incoming: Incoming) -> None:
        """Note the message, once; NotAllowed for who may not note. What is below no card is nobody's business here."""
        if not self._is_meant(incoming) or (found := self._below_a_card(incoming)) is None:
            return
        message, incident_id = found
        there = replace(incoming, thread=str(message["thread_ts"]))
        request = self.gate.request(there, "")
        self.permission.to_attend(request)
        said = _said(incoming, message)
        story = self.incidents().timeline(incident_id)
        if any(event.kind == "marked" and event.data.get("key") == said.key for event in story):
            self.answering.say(there, f"Incident {incident_id} has this message already.")
            return
        self.incidents().change(incident_id, mark(str(request.actor), said, self.clock()))
        self.journal.decided(request, "incident", NOTED, reason=said.text, incident_id=incident_id)
        self.answering.say(there, f"Added to incident {incident_id}.")

    def _is_meant(self, incoming: Incoming) -> bool:
        """Whether it is the emoji, in a place where incidents are shown; nothing is asked of Slack for any other."""
        try:
            config = self.config()
        except Misconfigured:  # nobody asked for anything: whoever reacts to something is not told
            return False
        shown = any(place.transport == "slack" and place.channel == incoming.channel for place in config.places)
        return shown and bool(config.note_reaction) and incoming.action == config.note_reaction

    def _below_a_card(self, incoming: Incoming) -> tuple[Mapping[str, Any], int] | None:
        """The message and the incident in whose thread it stands; what we wrote there is in the story anyway."""
        message = self.posting.message(incoming.channel, incoming.value)
        thread = message.get("thread_ts") if message else None
        if message is None or not isinstance(thread, str) or thread == incoming.value or self.posting.is_mine(message):
            return None
        card = self.posting.message(incoming.channel, thread)
        found = _CARD.match(self.posting.key(card)) if card else None
        return (message, int(found[1])) if found else None


def _said(incoming: Incoming, message: Mapping[str, Any]) -> Said:
    """What it says, secrets hidden; who wrote it is named by the id that Slack vouches for, a person's or an app's."""
    return Said(
        text=mask(quoted(message)) or SILENT,
        author=f"slack:{message.get('user') or message.get('bot_id') or 'unknown'}",
        at=datetime.fromtimestamp(float(incoming.value), UTC),
        key=f"{incoming.channel}:{incoming.value}",
    )
