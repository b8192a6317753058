"""What Slack refuses: the card is shown all the same, plainer, anew or elsewhere, and whoever asked is told why."""

from bot.chat.slack.chat import SlackChat
from bot.flows.after_refusal import INVITATIONS
from bot.ledger import LONGEST_SECONDS, DeliveryState
from bot.model.incident import IncidentEvent
from bot.model.people import Conversation
from tests.chat.incidents import NOON, incident_card
from tests.flows_deliver.place import HERE, Place, card, over, quiet
from tests.flows_deliver.test_deliver import STORY


def _state(place: Place, key: str) -> tuple[DeliveryState, str]:
    found = place.outbox.get(key)
    assert found is not None
    return found.state, found.reason


def test_a_channel_without_the_bot_moves_the_run_to_who_asked(place: Place) -> None:
    """Given a channel that the bot is not in, then ada gets the reason and all of the run as direct messages."""
    place.slack.workspace.add_channel("private", id="C2", kind="channel", bot=False)
    place.run_story(where=Conversation(transport="slack", channel="C2"))
    assert place.settled()
    direct = place.slack.workspace.direct("U1").id
    assert sorted(place.told(direct)) == sorted(["moved:card:12", "card:12+1", *STORY[1:]])
    [told] = place.shown("moved:card:12")
    assert "/invite" in told.text
    assert "<#C2>" in told.text
    assert place.told("C2") == []
    [shown] = place.shown("card:12+1")
    assert [message.thread_ts for message in place.shown("recap:12")] == [shown.ts]


def test_a_channel_that_is_archived_under_way_moves_the_end_to_who_asked(place: Place) -> None:
    """Given a card in a channel that gets archived, when the run ends, then ada still sees its final card."""
    place.chat.post_card(HERE, quiet(5), "card:12")
    assert place.settled()
    place.slack.workspace.channel("C1").archived = True
    place.run_story()
    assert place.settled()
    direct = place.slack.workspace.direct("U1").id
    assert sorted(place.told(direct)) == sorted(["moved:card:12", "card:12+2", "recap:12", "run-12.log"])
    assert "failed" in place.shown("card:12+2")[0].text


def test_without_anybody_to_tell_it_is_given_up_with_the_reason(place: Place) -> None:
    """Given a run that a rule started in an unknown channel, then its messages are gone, and say why."""
    chat = SlackChat(place.outbox, clock=place.clock.now)
    nowhere = Conversation(transport="slack", channel="C404")
    ended = card(over().view, actor="rule:disk-full")
    chat.post_card(nowhere, ended, "card:12")
    chat.post_recap(nowhere, ended, "recap:12")
    assert place.settled()
    assert _state(place, "card:12") == (DeliveryState.GONE, "channel_not_found")
    assert _state(place, "recap:12")[0] is DeliveryState.GONE
    assert place.slack.messages(None) == []


def test_an_incident_waits_until_the_bot_is_invited(place: Place) -> None:
    """Given a channel without the bot, when it is invited at last, then the newest card and its lines come, once."""
    channel = place.slack.workspace.add_channel("night", id="C2", bot=False)
    there = Conversation(transport="slack", channel="C2")
    place.chat.show_incident(there, incident_card())
    note = IncidentEvent(kind="note", at=NOON, text="the disk is full", id=3, incident_id=12)
    place.chat.tell_incident(there, note)
    assert not place.settled(60)
    assert _state(place, "incident:12:C2") == (DeliveryState.PENDING, "not_in_channel")
    place.chat.show_incident(there, incident_card(edition=9, flapping=True))
    channel.members.add(place.slack.workspace.bot_user)
    assert place.settled(LONGEST_SECONDS + 60)
    assert place.told("C2") == ["incident:12:C2", "incident:12:C2:3"]
    assert "flapping" in place.shown("incident:12:C2")[0].text
    assert len(place.slack.calls_of("chat.postMessage")) < 10


def test_an_incident_does_not_wait_for_ever(place: Place) -> None:
    """Given a channel into which nobody invites the bot, when a day has gone by, then the card is given up."""
    place.slack.workspace.add_channel("night", id="C2", bot=False)
    place.chat.show_incident(Conversation(transport="slack", channel="C2"), incident_card())
    for _ in range(INVITATIONS):
        place.outbox.later("incident:12:C2", 0.0, doubtful=False, failed=True, reason="not_in_channel")
    assert place.settled()
    assert _state(place, "incident:12:C2") == (DeliveryState.GONE, "not_in_channel")


def test_a_thread_that_is_gone_is_left(place: Place) -> None:
    """Given a thread that does not exist any more, then the card stands in the channel itself."""
    place.run_story(where=Conversation(transport="slack", channel="C1", thread="1.000001"))
    assert place.settled()
    assert place.told() == ["card:12+1", *STORY[1:]]
    assert place.slack.messages()[0].thread_ts in ("", place.slack.messages()[0].ts)
    assert {violation.kind for violation in place.slack.violations} == {"thread_missing"}
    place.slack.violations.clear()


def test_refused_blocks_become_text(place: Place) -> None:
    """Given blocks that Slack refuses, then the card is shown as text, and the next one with blocks again."""
    place.slack.faults.add(method="chat.postMessage", kind="error", error="invalid_blocks", times=1)
    place.chat.post_card(HERE, quiet(5), "card:12")
    assert place.settled()
    [message] = place.slack.messages()
    assert (message.blocks, "running" in message.text) == ([], True)
    place.chat.update_card(HERE, "card:12", quiet(9))
    assert place.settled()
    assert place.slack.messages()[0].blocks


def test_blocks_that_are_refused_in_an_update_become_text(place: Place) -> None:
    """Given a final card whose blocks Slack refuses, then its text takes the place of what was shown."""
    place.chat.post_card(HERE, quiet(5), "card:12")
    assert place.settled()
    place.slack.faults.add(method="chat.update", kind="error", error="msg_blocks_too_long", times=1)
    place.run_story()
    assert place.settled()
    assert place.told() == STORY
    assert "failed" in place.slack.messages()[0].text


def test_a_message_that_is_refused_even_as_text_is_given_up(place: Place) -> None:
    """Given a message that Slack does not take at all, then it is gone with the reason, and others are shown."""
    place.slack.faults.add(method="chat.postMessage", kind="error", error="msg_too_long", times=2)
    place.chat.say(HERE, "Too long.", "long")
    assert place.settled()
    assert _state(place, "say:C1::long") == (DeliveryState.GONE, "msg_too_long")
    place.chat.say(HERE, "Short.", "short")
    assert place.settled()
    assert [message.text for message in place.slack.messages()] == ["Short."]


def test_no_uploads_leave_a_sentence(place: Place) -> None:
    """Given a workspace without uploads, then the thread says so, and where the log can be read."""
    place.slack.workspace.settings.file_uploads = False
    place.run_story()
    assert place.settled()
    assert place.told() == ["card:12", "recap:12", "log:12:refused"]
    last = place.slack.messages()[-1]
    assert "run-12.log" in last.text
    assert "switched off" in last.text
    assert last.thread_ts == place.slack.messages()[0].ts


def test_a_card_that_was_deleted_is_posted_anew(place: Place) -> None:
    """Given a card that somebody deleted, when the run ends, then its final card is there, and its recap below it."""
    place.chat.post_card(HERE, quiet(5), "card:12")
    assert place.settled()
    [message] = place.slack.messages()
    del place.slack.workspace.channel("C1").messages[message.ts]
    place.run_story()
    assert place.settled()
    assert place.told() == ["card:12+1", "recap:12", "run-12.log"]
    assert "failed" in place.slack.messages()[0].text


def test_a_card_that_people_keep_deleting_comes_back_at_the_end(place: Place) -> None:
    """Given a card that is deleted again and again, then it comes back a few times, and once more with the end."""
    place.chat.post_card(HERE, quiet(1), "card:12")
    for counter in range(2, 12):
        assert place.settled(2) or place.left()
        place.slack.workspace.channel("C1").messages.clear()
        place.chat.update_card(HERE, "card:12", quiet(counter))
    assert len(place.slack.calls_of("chat.postMessage")) == 4
    place.run_story()
    assert place.settled()
    assert place.told() == ["card:12+4", "recap:12", "run-12.log"]


def test_a_refusal_that_nobody_knows_is_tried_again(place: Place) -> None:
    """Given a refusal that is new to us and passes by, then the card is shown later; one that stays is given up."""
    place.slack.faults.add(method="chat.postMessage", kind="error", error="team_added_to_org", times=2)
    place.chat.post_card(HERE, quiet(5), "card:12")
    assert place.settled()
    assert place.told() == ["card:12"]
    place.slack.faults.add(method="chat.postMessage", kind="error", error="strange_weather")
    place.chat.say(HERE, "Hello.", "hello")
    assert place.settled()
    assert _state(place, "say:C1::hello") == (DeliveryState.GONE, "strange_weather")
