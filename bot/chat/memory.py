"""The twin of a chat: what was posted stays in this object."""

import threading
from collections.abc import Callable
from itertools import count

from bot.chat.incident_words import calling_text, incident_event_text
from bot.chat.interface import Letter, LetterKind, age
from bot.model.incident import IncidentCard, IncidentEvent
from bot.model.people import Conversation
from bot.model.view import RunCard


class MemoryChat:
    """Chat that records; `letters` tells what a reader of a conversation would see now."""

    def __init__(self) -> None:
        self._letters: dict[tuple[str, str], Letter] = {}
        self._posted: dict[tuple[str, str], str] = {}
        self._numbers = count(1)
        self._lock = threading.Lock()

    def post_card(self, conversation: Conversation, card: RunCard, key: str) -> str:
        """Record the card once for each key."""
        return self._once(conversation, key, lambda ref: Letter(kind=LetterKind.CARD, ref=ref, card=card))

    def update_card(self, conversation: Conversation, ref: str, card: RunCard) -> None:
        """Replace the recorded card unless it is newer."""
        place = (str(conversation), ref)
        with self._lock:
            shown = self._letters.get(place)
            if shown is None or shown.card is None or age(card) >= age(shown.card):
                self._letters[place] = Letter(kind=LetterKind.CARD, ref=ref, card=card)

    def post_recap(self, conversation: Conversation, card: RunCard, key: str) -> None:
        """Record the recap once for each key."""
        self._once(conversation, key, lambda ref: Letter(kind=LetterKind.RECAP, ref=ref, card=card))

    def say(self, conversation: Conversation, text: str, key: str) -> None:
        """Record the text once for each key."""
        self._once(conversation, key, lambda ref: Letter(kind=LetterKind.TEXT, ref=ref, text=text))

    def call(self, conversation: Conversation, to: str, text: str, key: str) -> None:
        """Record it as a text once for each key."""
        self.say(conversation, calling_text(to, text), key)

    def show_incident(self, conversation: Conversation, card: IncidentCard) -> None:
        """Record the card, unless a newer one is recorded."""
        place, key = str(conversation), f"incident:{card.incident.id}"
        new = Letter(kind=LetterKind.INCIDENT, ref=key, incident=card)
        with self._lock:
            shown = self._letters.setdefault((place, key), new).incident
            if shown is not None and shown.incident.edition <= card.incident.edition:
                self._letters[place, key] = new

    def tell_incident(self, conversation: Conversation, event: IncidentEvent) -> None:
        """Record the line, once."""
        self.say(conversation, incident_event_text(event), f"incident:{event.incident_id}:{event.id}")

    def letters(self, conversation: Conversation) -> list[Letter]:
        """What the conversation shows, oldest first; every card as it was last updated."""
        with self._lock:
            return [letter for (place, _), letter in self._letters.items() if place == str(conversation)]

    def _once(self, conversation: Conversation, key: str, make: Callable[[str], Letter]) -> str:
        place = str(conversation)
        with self._lock:
            if (place, key) not in self._posted:
                ref = self._posted[place, key] = str(next(self._numbers))
                self._letters[place, ref] = make(ref)
            return self._posted[place, key]
