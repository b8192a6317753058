"""Whom somebody wants to be called enters, with what to say; people are called where an incident is shown."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.chat import Chat
from bot.model.people import Conversation, is_people


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """The flow; `where` is the conversation of an incident (None: of no incident), `channel` that of a name."""

    chat: Chat
    where: Callable[[int | None], Conversation]
    channel: Callable[[str], Conversation]

    def handle(self, incident_id: int | None, to: str, text: str, key: str) -> None:
        """Say it once for each key: to people where the incident is, to a channel there."""
        if is_people(to):
            self.chat.call(self.where(incident_id), to, text, key)
        else:
            self.chat.say(self.channel(to), text, key)
