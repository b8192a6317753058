"""What one person is told: an Incoming and a Message enter; the Message leaves where only that person sees it."""

from dataclasses import dataclass

import structlog

from bot.chat.slack.message import Message
from bot.chat.slack.posting import Posting
from bot.chat.slack.replies import text_message
from bot.chat.slack.responses import Responses
from bot.chat.slack.trouble import PlaceRefused, SlackRefused, SlackTrouble
from bot.model.incoming import Incoming

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Slack's own address for answers where it gave one, an ephemeral message where it did not."""

    posting: Posting
    responses: Responses

    def tell(self, incoming: Incoming, message: Message) -> None:
        """Show a message to whoever did this; trouble is logged, since nobody else could be told. Bots read nothing."""
        if incoming.bot:
            return
        try:
            if not (incoming.response_url and self._responded(incoming, message)):
                self._show(incoming, message)
        except SlackTrouble as trouble:
            _log.warning("an answer did not arrive", kind=incoming.kind.value, code=trouble.code)

    def say(self, incoming: Incoming, text: str) -> None:
        """Show a sentence."""
        self.tell(incoming, text_message(text))

    def replace(self, incoming: Incoming, message: Message) -> None:
        """Show a message in place of the one whose button was pressed."""
        try:
            self.responses.send(incoming.response_url, message, replace=True)
        except SlackTrouble as trouble:
            _log.warning("an answer did not arrive", kind=incoming.kind.value, code=trouble.code)

    def _responded(self, incoming: Incoming, message: Message) -> bool:
        """Answer at the address that came along; False when it is used up, or too old."""
        try:
            self.responses.send(incoming.response_url, message)
        except SlackRefused:
            return False
        return True

    def _show(self, incoming: Incoming, message: Message) -> None:
        if incoming.channel:
            self._whisper(incoming, message)
        else:
            self.posting.post(incoming.user, message, key=f"answer:{incoming.id}")

    def _whisper(self, incoming: Incoming, message: Message) -> None:
        try:
            self.posting.whisper(incoming.channel, incoming.user, message, thread=incoming.thread)
        except PlaceRefused:  # such as a channel that the bot is not in: then a direct message
            self.posting.post(incoming.user, message, key=f"answer:{incoming.id}")
