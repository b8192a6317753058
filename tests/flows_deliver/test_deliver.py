"""From the outbox into conversations: everything once, in order, in its newest version, whatever Slack does."""

from bot.chat.slack.payload import packed
from bot.chat.slack.replies import text_message
from bot.flows.deliver import LEASE, REFUSED_LEASE, Deliver, settle
from bot.ledger import DeliveryState
from bot.model.delivery import Delivery, DeliveryKind
from bot.model.people import Conversation
from bot.queue import Leases
from tests.chat.make import view
from tests.flows_deliver.place import HERE, Place, card, over, quiet

STORY = ["card:12", "recap:12", "run-12.log"]


def test_a_run_is_one_card_with_recap_and_log_in_its_thread(every_place: Place) -> None:
    """Given a run from its first card to its recap, then the channel shows one card as it ended, the rest below it."""
    place = every_place
    ref = place.chat.post_card(HERE, quiet(5), "card:12")
    place.turns(2)
    [message] = place.slack.messages()
    assert "running" in message.text
    place.chat.update_card(HERE, ref, over())
    place.chat.post_recap(HERE, over(), "recap:12")
    assert place.settled()
    assert place.told() == STORY
    top, *below = place.slack.messages()
    assert (top.ts, "failed" in top.text) == (message.ts, True)
    assert [each.thread_ts for each in below] == [top.ts, top.ts]


def test_a_card_is_fresh_within_two_seconds(place: Place) -> None:
    """Given one run that changes each second for a minute, then what Slack shows is never older than two seconds."""
    ref = place.chat.post_card(HERE, quiet(1), "card:12")
    seen: list[int] = []
    for counter in range(2, 62):
        place.turns(1)
        place.chat.update_card(HERE, ref, quiet(counter))
        stored = place.outbox.get(ref)
        assert stored is not None
        seen.append(counter - stored.sent_version // 2)
    assert max(seen) <= 3, seen


def test_a_card_in_a_thread_keeps_all_in_that_thread(place: Place) -> None:
    """Given a run asked for inside a thread, then card, recap and log stand in that thread."""
    place.chat.say(HERE, "An alert.", "alert")
    assert place.settled()
    [alert] = place.slack.messages()
    place.run_story(where=Conversation(transport="slack", channel="C1", thread=alert.ts))
    assert place.settled()
    assert place.told()[1:] == STORY
    assert {message.thread_ts for message in place.slack.messages()[1:]} == {alert.ts}


def test_older_news_never_overwrite_newer_ones(place: Place) -> None:
    """Given a card that shows the end, when a slow relay writes what was before, then the card stays."""
    place.run_story()
    assert place.settled()
    place.chat.update_card(HERE, "card:12", quiet(59))
    place.chat.post_card(HERE, quiet(3), "card:12")
    place.chat.post_recap(HERE, over(), "recap:12")
    place.turns(30)
    assert place.told() == STORY
    assert "failed" in place.slack.messages()[0].text


def test_failures_stand_in_the_thread_as_they_happen_and_once(place: Place) -> None:
    """Given two failures, when the relay that told of them dies, then the next one does not tell of them again."""
    ref = place.chat.post_card(HERE, quiet(5), "card:12")
    place.chat.update_card(HERE, ref, card(view(counter=20)))
    place.chat.update_card(HERE, ref, card(view(counter=21)))
    assert place.settled()
    assert place.told() == ["card:12", "trouble:12:0.0"]
    assert "web2" in place.slack.messages()[1].text


def test_final_states_go_first(place: Place) -> None:
    """Given many cards that wait for their turn, when one run ends, then its end is the next that is shown."""
    for run_id in range(1, 31):
        place.chat.post_card(HERE, quiet(1, run_id), f"card:{run_id}")
    assert place.settled()
    for run_id in range(1, 31):
        place.chat.update_card(HERE, f"card:{run_id}", quiet(9, run_id))
    place.turns(10)
    place.chat.update_card(HERE, "card:30", over(30))
    place.turns(3)
    assert "failed" in place.shown("card:30")[0].text


def test_runs_take_turns(place: Place) -> None:
    """Given a run that has news all the time and nine that have some, then all are shown within a minute."""
    for run_id in range(1, 11):
        place.chat.post_card(HERE, quiet(1, run_id), f"card:{run_id}")
    assert place.settled()
    for run_id in range(2, 11):
        place.chat.update_card(HERE, f"card:{run_id}", quiet(9, run_id))
    for counter in range(9, 39):
        place.chat.update_card(HERE, "card:1", quiet(counter, 1))
        place.turns(1)
    assert [len(place.shown(f"card:{run_id}")[0].revisions) for run_id in range(2, 11)] == [1] * 9
    assert place.shown("card:1")[0].revisions


def test_who_has_no_lease_sends_nothing(place: Place) -> None:
    """Given another process that sends, then this one leaves it to that one, until the lease is given back."""
    other = Leases(place.redis)
    assert other.take(LEASE)
    place.run_story()
    place.turns(5)
    assert place.slack.calls == []
    other.release(LEASE)
    assert place.settled()
    place.deliver.give_back()
    assert not other.held(LEASE)


def test_fifty_runs_at_once_all_end_right(every_place: Place) -> None:
    """Given fifty runs that change and end at the same time, then all cards end right, within Slack's limits."""
    place = every_place
    for run_id in range(1, 51):
        place.chat.post_card(HERE, quiet(1, run_id), f"card:{run_id}")
    for counter in (10, 20, 30):
        place.turns(10)
        for run_id in range(1, 51):
            place.chat.update_card(HERE, f"card:{run_id}", quiet(counter, run_id))
    for run_id in range(1, 51):
        place.chat.update_card(HERE, f"card:{run_id}", over(run_id))
        place.chat.post_recap(HERE, over(run_id), f"recap:{run_id}")
    assert place.settled(900)
    assert place.slack.violations == []
    wanted = [f"{what}{run_id}{end}" for what, end in PARTS for run_id in range(1, 51)]
    assert sorted(place.told()) == sorted(wanted)
    assert all("failed" in place.shown(f"card:{run_id}")[0].text for run_id in range(1, 51))


PARTS = (("card:", ""), ("recap:", ""), ("run-", ".log"))


def test_an_ephemeral_answer_is_shown_to_one_person(place: Place) -> None:
    """Given an answer for ada alone, then she sees it, and it is no message of the channel."""
    said = packed(text_message("Only you see this."), user="U1")
    place.outbox.put([Delivery(key="ask:1", channel="C1", kind=DeliveryKind.EPHEMERAL, payload=said)])
    assert place.settled()
    assert place.slack.messages() == []
    [whisper] = place.slack.workspace.channel("C1").ephemerals
    assert (whisper.viewer, "Only you see this." in whisper.text) == ("U1", True)


def test_what_cannot_be_read_holds_nothing_up(place: Place) -> None:
    """Given a delivery whose payload is damaged, then it is given up, and what comes behind it is shown."""
    place.outbox.put([Delivery(key="bad", channel="C1", payload="{", urgent=True)])
    place.run_story()
    assert place.settled()
    assert place.told() == STORY
    bad = place.outbox.get("bad")
    assert bad is not None
    assert bad.state is DeliveryState.GONE


def test_a_refused_token_stops_posting_and_is_told(place: Place) -> None:
    """Given a token that is revoked, then nothing is lost, `/healthz` can tell, and it goes on when healed."""
    place.chat.post_card(HERE, quiet(5), "card:12")
    assert place.settled()
    place.slack.tokens.trouble(place.slack.bot_token, "token_revoked")
    place.run_story()
    place.turns(20)
    calls = len(place.slack.calls)
    assert "token" in place.deliver.trouble
    assert Leases(place.redis).held(REFUSED_LEASE)
    place.turns(120)
    assert len(place.slack.calls) <= calls + 3
    place.slack.tokens.trouble(place.slack.bot_token, "")
    assert place.settled()
    assert (place.deliver.trouble, place.told()) == ("", STORY)
    assert not Leases(place.redis).held(REFUSED_LEASE)


def test_a_turn_survives_redis_and_sql_being_away(place: Place) -> None:
    """Given a database that is gone, when a turn is due, then it says to wait instead of raising."""
    broken: Deliver = place.process()
    broken.outbox = _Away()  # type: ignore[assignment]
    assert settle(broken, place.clock.now()) >= 1.0


class _Away:
    def __getattr__(self, name: str) -> object:
        from bot.errors import Unavailable

        raise Unavailable(f"The database does not answer to {name}.")
