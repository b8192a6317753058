"""What a relay says to Slack: it becomes deliveries, rendered, in their order, and nothing is said twice."""

import json
from dataclasses import replace

import pytest

from bot.chat.interface import age
from bot.chat.slack.chat import SlackChat
from bot.chat.slack.limits import fit
from bot.chat.slack.payload import packed, part, unpacked
from bot.chat.slack.replies import text_message
from bot.errors import Unavailable
from bot.ledger import MemoryOutbox, Posted
from bot.model.delivery import Delivery, DeliveryKind
from bot.model.people import Conversation
from bot.model.view import Failure, RunCard
from tests.chat.make import ended, view
from tests.flows_deliver.place import HERE, card, over, quiet

NOW = 1_700_000_030.0
THREAD = Conversation(transport="slack", channel="C1", thread="1700.5")


@pytest.fixture
def outbox() -> MemoryOutbox:
    """Where it goes."""
    return MemoryOutbox()


def chat(outbox: MemoryOutbox) -> SlackChat:
    """A relay's chat that remembers nothing."""
    return SlackChat(outbox, clock=lambda: NOW)


def stored(outbox: MemoryOutbox, key: str) -> Delivery:
    """What lies there under a key."""
    found = outbox.get(key)
    assert found is not None
    return found.delivery


def troubles(outbox: MemoryOutbox) -> list[str]:
    """What the thread of run 12 is told, in order."""
    return [unpacked(payload).text for payload in outbox.payloads("trouble:12:")]


def failing(count: int, counter: int) -> RunCard:
    """A run in which so many hosts have failed."""
    failures = tuple(
        Failure(host=f"web{number}", task="Restart", message="It failed.", counter=number + 1)
        for number in range(count)
    )
    return card(view(counter=counter, failures=failures, failure_count=count))


def test_a_card_names_place_run_asker_and_age(outbox: MemoryOutbox) -> None:
    """Given a card asked for by U1 in a thread, then its delivery knows all that is needed to send it, and its key."""
    assert chat(outbox).post_card(THREAD, quiet(40), "card:12") == "card:12"
    found = stored(outbox, "card:12")
    assert (found.channel, found.thread, found.run_id, found.asker) == ("C1", "1700.5", 12, "U1")
    assert (found.version, found.urgent, found.parent, found.kind) == (age(quiet(40)), False, "", DeliveryKind.MESSAGE)
    message = unpacked(found.payload)
    assert message.text.startswith("Run 12")
    assert message.blocks == fit(message.blocks)


def test_the_end_of_a_run_is_urgent_and_newer(outbox: MemoryOutbox) -> None:
    """Given a card of a run that is lost without a new event, then it is newer than the one before, and urgent."""
    sender = chat(outbox)
    sender.post_card(HERE, quiet(60), "card:12")
    sender.update_card(HERE, "card:12", over(counter=60))
    found = stored(outbox, "card:12")
    assert (found.version, found.urgent) == (age(over(counter=60)), True)
    assert found.version > age(replace(quiet(60), quiet=10**12))


def test_recap_and_log_belong_to_the_card(outbox: MemoryOutbox) -> None:
    """Given a run that has ended, then recap and log go below its card, in this order, urgent as the end."""
    sender = chat(outbox)
    sender.post_card(HERE, over(), "card:12")
    sender.post_recap(HERE, over(), "recap:12")
    recap, log = stored(outbox, "recap:12"), stored(outbox, "log:12")
    assert [(each.parent, each.urgent) for each in (recap, log)] == [("card:12", True)] * 2
    assert (log.kind, part(log.payload, "filename")) == (DeliveryKind.FILE, "run-12.log")
    assert unpacked(recap.payload).text.startswith("Recap")


def test_a_run_that_never_started_has_no_log(outbox: MemoryOutbox) -> None:
    """Given a run that was canceled while it waited, then there is a recap, and no file about nothing."""
    never = card(ended(started_at=None, outcomes=(), failures=(), failure_count=0))
    chat(outbox).post_recap(HERE, never, "recap:12")
    assert outbox.get("log:12") is None
    assert stored(outbox, "recap:12").run_id == 12


def test_failures_are_told_once_each(outbox: MemoryOutbox) -> None:
    """Given failures that come one by one, then each is told of once, and nothing when nothing new has failed."""
    sender = chat(outbox)
    for count, counter in ((0, 1), (1, 2), (1, 3), (3, 4), (3, 5)):
        sender.update_card(HERE, "card:12", failing(count, counter))
    first, second = troubles(outbox)
    assert ("web0" in first, "web1" in second, "and 1 more" in second) == (True, True, True)


def test_another_relay_knows_what_the_thread_was_told(outbox: MemoryOutbox) -> None:
    """Given two failures that one relay told of, when another goes on, then only the third one is new."""
    chat(outbox).update_card(HERE, "card:12", failing(2, 5))
    chat(outbox).update_card(HERE, "card:12", failing(3, 6))
    assert [text.count("web") for text in troubles(outbox)] == [1, 1]
    assert "web2" in troubles(outbox)[1]


def test_failures_at_the_very_end_stand_in_the_recap_only(outbox: MemoryOutbox) -> None:
    """Given a run whose first card shows its end, then its failures are not told twice."""
    sender = chat(outbox)
    sender.post_card(HERE, over(), "card:12")
    sender.post_recap(HERE, over(), "recap:12")
    assert troubles(outbox) == []
    assert "web2" in stored(outbox, "recap:12").payload


def test_what_could_not_be_stored_was_not_told(outbox: MemoryOutbox) -> None:
    """Given a database that is away for a moment, when the card comes again, then the failure is told of."""
    sender = SlackChat(_Once(outbox), clock=lambda: NOW)
    with pytest.raises(Unavailable):
        sender.update_card(HERE, "card:12", failing(1, 5))
    sender.update_card(HERE, "card:12", failing(1, 5))
    assert len(troubles(outbox)) == 1


class _Once:
    """An outbox that fails once."""

    def __init__(self, outbox: MemoryOutbox) -> None:
        self._outbox, self._failed = outbox, False
        self.payloads = outbox.payloads

    def put(self, deliveries: object) -> None:
        if not self._failed:
            self._failed = True
            raise Unavailable("The database does not answer.")
        self._outbox.put(deliveries)  # type: ignore[arg-type]


def test_memory_of_many_runs_is_bounded(outbox: MemoryOutbox) -> None:
    """Given far more runs with failures than are remembered, then nothing is told twice all the same."""
    sender = chat(outbox)
    for _ in range(2):
        for run_id in range(1, 520):
            sender.update_card(HERE, f"card:{run_id}", replace(failing(1, 5), run_id=run_id))
    assert len(sender._told) <= 500
    assert len(outbox.payloads("trouble:")) == 519


def test_the_same_key_in_two_conversations_is_two_sentences(outbox: MemoryOutbox) -> None:
    """Given one key in two conversations, then each gets its sentence, and each once."""
    sender = chat(outbox)
    for text in ("first", "second"):
        sender.say(HERE, text, "note")
        sender.say(THREAD, text, "note")
    due: list[Posted] = outbox.due(NOW)
    assert [(each.delivery.channel, each.delivery.thread) for each in due] == [("C1", ""), ("C1", "1700.5")]
    assert [unpacked(text).text for text in outbox.payloads("say:")] == ["first", "first"]


def test_a_rule_asks_for_nobody(outbox: MemoryOutbox) -> None:
    """Given a run that a rule started, then there is nobody to send a direct message to."""
    chat(outbox).post_card(HERE, card(actor="rule:disk-full"), "card:12")
    assert stored(outbox, "card:12").asker == ""


def test_a_payload_comes_back_as_it_was() -> None:
    """Given a message with anything in it, when it is packed, then it is one line of ASCII, and comes back the same."""
    message = text_message("ünï \u2028 😀 \ud800 `code` <!channel>")
    payload = packed(message, hosts=["web1"])
    assert payload.isascii()
    assert unpacked(payload) == message
    assert unpacked(payload, plain=True) == replace(message, blocks=())
    assert (part(payload, "hosts"), part(payload, "nothing")) == (["web1"], None)
    assert json.loads(payload)["text"] == message.text
