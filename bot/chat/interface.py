"""The door to a chat: what Signalbox can do there, and what a reader of a conversation gets."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.model.incident import IncidentCard, IncidentEvent
from bot.model.people import Conversation
from bot.model.view import RunCard


class Chat(Protocol):
    """A chat; every call raises Unavailable when the chat does not answer, and may then be made again.

    `key` makes a call safe to repeat: what was posted with a key is never posted again within a day.
    """

    def post_card(self, conversation: Conversation, card: RunCard, key: str) -> str:
        """Post the one card of a run; the reference by which it can be updated (for the same key, the same one)."""

    def update_card(self, conversation: Conversation, ref: str, card: RunCard) -> None:
        """Show `card` in place of what `ref` shows; a card older than that one changes nothing."""

    def post_recap(self, conversation: Conversation, card: RunCard, key: str) -> None:
        """Post the recap of a run that has ended."""

    def say(self, conversation: Conversation, text: str, key: str) -> None:
        """Post a sentence."""

    def call(self, conversation: Conversation, to: str, text: str, key: str) -> None:
        """Post a sentence that calls people, by a name as in `alerts.escalation`; what `text` names calls nobody."""

    def show_incident(self, conversation: Conversation, card: IncidentCard) -> None:
        """Post the one card of an incident, or show `card` in its place; one of an older edition changes nothing."""

    def tell_incident(self, conversation: Conversation, event: IncidentEvent) -> None:
        """Tell a line of an incident's story, below its card; a line that was told is not told again."""


class LetterKind(StrEnum):
    """What a letter brings."""

    CARD = "card"
    RECAP = "recap"
    TEXT = "text"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One thing to show: a card (new, or in place of the one with the same `ref`), a recap, a text, or an incident."""

    kind: LetterKind
    ref: str = ""
    card: RunCard | None = None
    text: str = ""
    incident: IncidentCard | None = None


MOST_QUIET_SECONDS = 10_000_000


EDITION_SECONDS = 100_000
"""What one word of people's counts for: more than a run is quiet between two of them."""


def age(card: RunCard) -> int:
    """Which of two cards of a run is newer: by events folded, by what people said, then by how long no more came.

    The end is newest.
    """
    last = MOST_QUIET_SECONDS - 1
    since = card.edition * EDITION_SECONDS + card.quiet
    return card.view.counter * MOST_QUIET_SECONDS + (last if card.view.status.final else min(since, last - 1))
