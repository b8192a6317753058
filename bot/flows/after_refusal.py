"""A delivery that Slack refused enters; what is to be done leaves for the outbox: plainer, anew, elsewhere, or gone."""

from dataclasses import dataclass

import structlog

from bot.chat.slack.client import SlackApi
from bot.chat.slack.notices import moved_message, no_file_message
from bot.chat.slack.payload import packed, part
from bot.chat.slack.trouble import ContentRefused, FilesRefused, MessageMissing, PlaceRefused, SlackRefused
from bot.ledger import LONGEST_SECONDS, DeliveryState, Outbox, Posted
from bot.model.delivery import Delivery

_log = structlog.get_logger(__name__)

AGAIN_SECONDS = 10.0
REFUSALS = 5
"""After so many refusals for reasons that we do not know a delivery is given up."""
COPIES = 3
"""How often a message that people delete is posted anew while its run goes on; its end is posted in any case."""
DELETED_SECONDS = 60.0
INVITATIONS = 300
"""So often it is tried whether the bot was invited by now: about a day."""
_UNINVITED_CODES = frozenset({"not_in_channel", "channel_not_found"})
_THREAD_CODES = frozenset({"thread_not_found", "cannot_reply_to_message"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterRefusal:
    """The flow with the stations it passes; `api` is only asked for conversations with people."""

    outbox: Outbox
    api: SlackApi

    def handle(self, due: Posted, error: SlackRefused, now: float) -> None:
        """Note what is to be done; raises SlackTrouble when Slack must be asked for that, and does not answer."""
        key = due.delivery.key
        match error:
            case ContentRefused() if not due.plain:
                self.outbox.plainly(key, error.code)
            case MessageMissing() if due.ts:
                self._anew(due, error, now)
            case FilesRefused():
                self._without_file(due, error)
            case PlaceRefused():
                self._elsewhere(due, error, now)
            case SlackRefused() if due.failures < REFUSALS and not isinstance(error, ContentRefused | MessageMissing):
                self.outbox.later(key, now + AGAIN_SECONDS, doubtful=False, failed=True, reason=error.code)
            case _:
                self._gone(due, error)

    def _gone(self, due: Posted, error: SlackRefused) -> None:
        _log.error("given up", key=due.delivery.key, run_id=due.delivery.run_id, code=error.code)
        self.outbox.gone(due.delivery.key, error.code)

    def _anew(self, due: Posted, error: SlackRefused, now: float) -> None:
        if due.copies < COPIES or due.delivery.urgent:
            self.outbox.anew(due.delivery.key, reason=error.code)
        else:
            self.outbox.later(due.delivery.key, now + DELETED_SECONDS, doubtful=False, failed=False, reason=error.code)

    def _without_file(self, due: Posted, error: FilesRefused) -> None:
        """Instead of the file a sentence stands in the thread."""
        delivery = due.delivery
        whole = self.outbox.get(delivery.key)
        name = part(whole.delivery.payload, "filename") if whole else ""
        said = Delivery(
            key=f"{delivery.key}:refused",
            run_id=delivery.run_id,
            channel=delivery.channel,
            thread=delivery.thread,
            parent=delivery.parent,
            payload=packed(no_file_message(error, name)),
        )
        self.outbox.put([said])
        self._gone(due, error)

    def _elsewhere(self, due: Posted, error: PlaceRefused, now: float) -> None:
        """The conversation cannot be written to: outside the thread then, in a direct message to who asked, or later.

        What stands in a thread follows the message it belongs to.
        """
        root = (self.outbox.get(due.delivery.parent) if due.delivery.parent else None) or due
        delivery = root.delivery
        if error.code in _THREAD_CODES and delivery.thread:
            self._move(due, root, delivery.channel, error)
        elif (direct := self._direct(root)) and direct != delivery.channel:
            said = packed(moved_message(error, delivery.channel, delivery.run_id))
            self.outbox.put([Delivery(key=f"moved:{delivery.key}", channel=direct, payload=said, urgent=True)])
            self._move(due, root, direct, error)
        elif error.code in _UNINVITED_CODES and _is_incident(root.delivery) and due.failures < INVITATIONS:
            self._later(due, error, now)
        else:
            self._gone(due, error)

    def _later(self, due: Posted, error: PlaceRefused, now: float) -> None:
        """Nobody asked for an incident, so there is nobody to turn to: it waits for the bot to be invited."""
        if not due.failures:
            _log.warning("waits to be invited", key=due.delivery.key, channel=due.delivery.channel, code=error.code)
        wait = min(AGAIN_SECONDS * 2.0 ** min(due.failures, REFUSALS), LONGEST_SECONDS)
        self.outbox.later(due.delivery.key, now + wait, doubtful=False, failed=True, reason=error.code)

    def _move(self, due: Posted, root: Posted, channel: str, error: PlaceRefused) -> None:
        _log.warning("shown elsewhere", key=root.delivery.key, run_id=root.delivery.run_id, code=error.code)
        self.outbox.anew(root.delivery.key, channel=channel, reason=error.code)
        if due.delivery.key != root.delivery.key:
            self.outbox.later(due.delivery.key, 0.0, doubtful=False, failed=True, reason=error.code)

    def _direct(self, root: Posted) -> str:
        """The channel of the conversation with the person who asked; empty when there can be none."""
        if not root.delivery.asker or root.state is DeliveryState.GONE:
            return ""
        try:
            channel = self.api.call("conversations.open", {"users": root.delivery.asker}).get("channel")
        except SlackRefused:
            return ""
        return str(channel.get("id") or "") if isinstance(channel, dict) else ""


def _is_incident(card: Delivery) -> bool:
    """Whether it is the card of an incident: one that is edited, and about no run."""
    return card.run_id is None and card.version > 0
