"""Cards, recaps and sentences enter; they leave as deliveries into the outbox, rendered: Slack is not spoken to here.

A card, its thread and its recap belong together by their keys: what stands in the thread names the card as parent.
"""

import json
import time
from collections import OrderedDict
from collections.abc import Callable

from bot.chat.incident_words import called
from bot.chat.interface import age
from bot.chat.slack.card import card_message
from bot.chat.slack.incident import calling_message, incident_line_message, incident_message
from bot.chat.slack.outbox_door import OutboxDoor
from bot.chat.slack.payload import packed, part
from bot.chat.slack.recap import recap_message, trouble_messages
from bot.chat.slack.replies import text_message
from bot.model.delivery import Delivery, DeliveryKind
from bot.model.incident import IncidentCard, IncidentEvent
from bot.model.people import Conversation
from bot.model.view import RunCard

RUNS_REMEMBERED = 500
"""Of so many runs it is kept in memory what their threads were told; of others the outbox knows."""

_TRANSPORT = "slack:"


class SlackChat:
    """Chat for conversations in Slack; every method is one transaction at most and raises what the outbox raises.

    The card of a run has the key `card:<run>` (the relay's own), and that is its reference too.
    """

    def __init__(self, outbox: OutboxDoor, *, clock: Callable[[], float] = time.time) -> None:
        self._outbox = outbox
        self._clock = clock
        self._told: OrderedDict[int, frozenset[int]] = OrderedDict()

    def post_card(self, conversation: Conversation, card: RunCard, key: str) -> str:
        """Leave the card, and in its thread what has gone wrong so far; the reference is the key."""
        self.update_card(conversation, key, card)
        return key

    def update_card(self, conversation: Conversation, ref: str, card: RunCard) -> None:
        """Leave a newer card for the same message, and what has gone wrong since for its thread."""
        shown = _about(conversation, card, ref, packed(card_message(card, self._clock())))
        trouble, told = self._trouble(conversation, card)
        self._outbox.put([shown, *trouble])
        self._remember(card.run_id, told)

    def post_recap(self, conversation: Conversation, card: RunCard, key: str) -> None:
        """Leave the recap and the log for the card's thread; they go when the card shows the end."""
        recap = _about(conversation, card, key, packed(recap_message(card)), in_thread=True)
        name = json.dumps({"filename": f"run-{card.run_id}.log"})
        log = _about(conversation, card, f"log:{card.run_id}", name, in_thread=True, kind=DeliveryKind.FILE)
        self._outbox.put([recap] if card.view.started_at is None else [recap, log])
        self._told.pop(card.run_id, None)

    def say(self, conversation: Conversation, text: str, key: str) -> None:
        """Leave a sentence."""
        channel, thread = conversation.channel, conversation.thread
        said = packed(text_message(text))
        self._outbox.put([Delivery(key=f"say:{channel}:{thread}:{key}", channel=channel, thread=thread, payload=said)])

    def call(self, conversation: Conversation, to: str, text: str, key: str) -> None:
        """Leave a sentence that calls people; it stands in the channel itself, and goes first."""
        channel, said = conversation.channel, packed(calling_message(to, text))
        self._outbox.put([Delivery(key=f"call:{channel}:{key}", channel=channel, payload=said, urgent=True)])

    def show_incident(self, conversation: Conversation, card: IncidentCard) -> None:
        """Leave the card, or a newer one for the same message."""
        incident = card.incident
        shown = Delivery(
            key=_incident_key(conversation, incident.id),
            channel=conversation.channel,
            payload=packed(incident_message(card)),
            version=incident.edition,
        )
        self._outbox.put([shown])

    def tell_incident(self, conversation: Conversation, event: IncidentEvent) -> None:
        """Leave a line for the card's thread; one that calls somebody stands in the channel itself, and goes first."""
        card = _incident_key(conversation, event.incident_id)
        loud = bool(called(event))
        line = Delivery(
            key=f"{card}:{event.id}",
            channel=conversation.channel,
            payload=packed(incident_line_message(event)),
            parent="" if loud else card,
            urgent=loud,
        )
        self._outbox.put([line])

    def _trouble(self, conversation: Conversation, card: RunCard) -> tuple[list[Delivery], frozenset[int]]:
        """Failures that the thread was not told of, and all that it knows then; the last ones stand in the recap."""
        if card.view.status.final or not card.view.failures:
            return [], self._told.get(card.run_id, frozenset())
        told = self._known(card.run_id)
        trouble = trouble_messages(card, told)
        prefix, new = _trouble_prefix(card.run_id), sorted(trouble.posted - told)
        deliveries = [
            _about(conversation, card, f"{prefix}{len(told)}.{number}", packed(message, told=new), in_thread=True)
            for number, message in enumerate(trouble.messages)
        ]
        return deliveries, trouble.posted

    def _known(self, run_id: int) -> frozenset[int]:
        """Failures that the thread was told of, by counter, by this process or by another one before it."""
        if run_id in self._told:
            return self._told[run_id]
        payloads = self._outbox.payloads(_trouble_prefix(run_id))
        return frozenset(counter for payload in payloads for counter in part(payload, "told") or ())

    def _remember(self, run_id: int, failures: frozenset[int]) -> None:
        if not failures:
            return
        self._told[run_id] = failures
        self._told.move_to_end(run_id)
        while len(self._told) > RUNS_REMEMBERED:
            self._told.popitem(last=False)


def _about(
    conversation: Conversation,
    card: RunCard,
    key: str,
    payload: str,
    *,
    in_thread: bool = False,
    kind: DeliveryKind = DeliveryKind.MESSAGE,
) -> Delivery:
    """A delivery about the card's run: the card itself, or something in its thread."""
    return Delivery(
        key=key,
        run_id=card.run_id,
        channel=conversation.channel,
        thread=conversation.thread,
        parent=f"card:{card.run_id}" if in_thread else "",
        kind=kind,
        payload=payload,
        version=0 if in_thread else age(card),
        urgent=card.view.status.final,
        asker=card.actor.removeprefix(_TRANSPORT) if card.actor.startswith(_TRANSPORT) else "",
    )


def _incident_key(conversation: Conversation, incident_id: int) -> str:
    return f"incident:{incident_id}:{conversation.channel}"


def _trouble_prefix(run_id: int) -> str:
    return f"trouble:{run_id}:"
