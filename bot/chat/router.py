"""Several chats behind one door: what is for a conversation goes to the chat of its transport."""

from collections.abc import Mapping

from bot.chat.interface import Chat
from bot.errors import Unavailable
from bot.model.incident import IncidentCard, IncidentEvent
from bot.model.people import Conversation
from bot.model.view import RunCard


class Chats:
    """Chat over the chats of each transport; Unavailable for a transport that is not set up here."""

    def __init__(self, by_transport: Mapping[str, Chat]) -> None:
        self._by_transport = by_transport

    def post_card(self, conversation: Conversation, card: RunCard, key: str) -> str:
        """See Chat."""
        return self._of(conversation).post_card(conversation, card, key)

    def update_card(self, conversation: Conversation, ref: str, card: RunCard) -> None:
        """See Chat."""
        self._of(conversation).update_card(conversation, ref, card)

    def post_recap(self, conversation: Conversation, card: RunCard, key: str) -> None:
        """See Chat."""
        self._of(conversation).post_recap(conversation, card, key)

    def say(self, conversation: Conversation, text: str, key: str) -> None:
        """See Chat."""
        self._of(conversation).say(conversation, text, key)

    def call(self, conversation: Conversation, to: str, text: str, key: str) -> None:
        """See Chat."""
        self._of(conversation).call(conversation, to, text, key)

    def show_incident(self, conversation: Conversation, card: IncidentCard) -> None:
        """See Chat."""
        self._of(conversation).show_incident(conversation, card)

    def tell_incident(self, conversation: Conversation, event: IncidentEvent) -> None:
        """See Chat."""
        self._of(conversation).tell_incident(conversation, event)

    def _of(self, conversation: Conversation) -> Chat:
        chat = self._by_transport.get(conversation.transport)
        if chat is None:
            raise Unavailable(f"No chat is set up for {conversation.transport}.", "Start the relay with its settings.")
        return chat
