"""What every outbox promises, held by SQLite, PostgreSQL and the twin."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from bot.ledger import DeliveryState, MemoryOutbox, Outbox, Posted
from bot.ledger.outbox import HOLD_SECONDS, LONGEST_SECONDS, NEVER
from bot.ledger.sql import SqlLedger
from bot.model.delivery import Delivery, DeliveryKind

from .postgres import PostgresServer

NOW = 1_700_000_000.0
HOSTILE = '{"text":"\\u0000 \\ud800 <!channel> 😀"}'


@pytest.fixture(params=["twin", "sqlite", "postgresql"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outbox]:
    """Every outbox there is, one after the other, empty."""
    if request.param == "twin":
        yield MemoryOutbox()
        return
    server: PostgresServer | None = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    ledger = SqlLedger(server.url(template="migrated") if server else f"sqlite:///{tmp_path}/ledger.db")
    ledger.migrate()
    yield ledger.outbox()
    ledger.close()


def card(version: int = 1, **changed: Any) -> Delivery:
    """The card of run 12."""
    fields: dict[str, Any] = {"channel": "C1", "run_id": 12, "payload": f"v{version}", "asker": "U1"}
    return Delivery(key="card:12", version=version, **{**fields, **changed})


def in_thread(key: str, **changed: Any) -> Delivery:
    """Something for the thread of that card."""
    return Delivery(key=key, channel="C1", run_id=12, parent="card:12", payload=key, **changed)


def keys(found: list[Posted]) -> list[str]:
    """The keys of deliveries."""
    return [each.delivery.key for each in found]


def begin(outbox: Outbox, key: str, now: float = NOW) -> Posted:
    """A delivery that is begun."""
    begun = outbox.begin(key, now)
    assert begun is not None
    return begun


def show(outbox: Outbox, key: str, ts: str = "1.1", now: float = NOW) -> None:
    """Send a delivery."""
    outbox.sent(begin(outbox, key, now), ts, now)


def at(outbox: Outbox, key: str) -> Posted:
    """How a delivery stands."""
    found = outbox.get(key)
    assert found is not None
    return found


def test_what_is_put_comes_out_as_it_was(outbox: Outbox) -> None:
    """Given a delivery with every field set, when it is begun, then it is whole; in the list it has no payload."""
    whole = Delivery(
        key="say:x", channel="C1", thread="5.5", kind=DeliveryKind.FILE, run_id=3, version=7, urgent=True, asker="U1",
        payload=HOSTILE, parent="nothing",
    )  # fmt: skip
    outbox.put([whole])
    assert [each.delivery for each in outbox.due(NOW)] == [replace(whole, payload="")]
    assert begin(outbox, "say:x").delivery == whole
    assert at(outbox, "say:x").delivery == whole


def test_the_newest_version_wins_in_any_order(outbox: Outbox) -> None:
    """Given versions that come out of order, then the newest is what is sent, once."""
    for version in (3, 5, 4, 5, 1):
        outbox.put([card(version, payload=f"{version}")])
    begun = begin(outbox, "card:12")
    assert (begun.delivery.version, begun.delivery.payload) == (5, "5")
    outbox.sent(begun, "1.1", NOW)
    assert outbox.due(NOW + 99) == []


def test_an_equal_version_changes_nothing(outbox: Outbox) -> None:
    """Given a sent delivery, when the same version is put again with another payload, then nothing is to be sent."""
    outbox.put([card(2)])
    show(outbox, "card:12")
    outbox.put([card(2, payload="other")])
    assert (outbox.due(NOW), at(outbox, "card:12").delivery.payload) == ([], "v2")


def test_a_newer_version_makes_it_pending_again_in_place(outbox: Outbox) -> None:
    """Given a sent card, when a newer one is put, then it is due with the name under which it is shown."""
    outbox.put([card(1)])
    show(outbox, "card:12", "7.7")
    outbox.put([card(2, urgent=True)])
    [due] = outbox.due(NOW)
    assert (due.ts, due.sent_version, due.delivery.version, due.delivery.urgent) == ("7.7", 1, 2, True)


def test_what_became_newer_while_it_was_sent_is_sent_again(outbox: Outbox) -> None:
    """Given a card that is on its way, when a newer one comes, then it stays pending, and nobody else sends it."""
    outbox.put([card(1)])
    begun = begin(outbox, "card:12")
    outbox.put([card(2)])
    assert outbox.due(NOW + 1) == []
    outbox.sent(begun, "1.1", NOW + 2)
    [due] = outbox.due(NOW + 2)
    assert (due.ts, due.sent_version, due.delivery.version, due.doubtful) == ("1.1", 1, 2, False)


def test_what_was_begun_and_not_ended_is_doubtful_after_a_while(outbox: Outbox) -> None:
    """Given a sender that died, when its time is over, then the post is due, in doubt since it was first tried."""
    outbox.put([card(1)])
    begin(outbox, "card:12", NOW)
    assert outbox.due(NOW + HOLD_SECONDS - 1) == []
    [due] = outbox.due(NOW + HOLD_SECONDS)
    assert (due.doubtful, due.tried_at, due.attempt) == (True, NOW, 1)
    begin(outbox, "card:12", NOW + 50)
    assert at(outbox, "card:12").tried_at == NOW


def test_what_was_begun_before_the_clock_was_set_back_is_due(outbox: Outbox) -> None:
    """Given a sender that died, when the clock goes back by more than anybody waits, then the post is due, in doubt."""
    outbox.put([card(1)])
    begin(outbox, "card:12", NOW)
    assert outbox.due(NOW + HOLD_SECONDS - LONGEST_SECONDS) == []
    [due] = outbox.due(NOW + HOLD_SECONDS - LONGEST_SECONDS - 1)
    assert (due.doubtful, keys(outbox.due(NOW - 86_400))) == (True, ["card:12"])
    begin(outbox, "card:12", NOW - 86_400)
    assert outbox.due(NOW - 86_400 + HOLD_SECONDS - 1) == []
    assert keys(outbox.due(NOW - 86_400 + HOLD_SECONDS)) == ["card:12"]


def test_the_longest_wait_is_waited_out(outbox: Outbox) -> None:
    """Given a delivery that is put off for as long as anybody may, then it is not due before."""
    outbox.put([card(1)])
    outbox.later("card:12", NOW + LONGEST_SECONDS, doubtful=False, failed=True)
    assert outbox.due(NOW) == []
    assert outbox.due(NOW + LONGEST_SECONDS - 1) == []
    assert keys(outbox.due(NOW + LONGEST_SECONDS)) == ["card:12"]


@pytest.mark.parametrize("back", [1.0, 86_400.0])
def test_what_became_newer_while_it_was_sent_is_due_on_any_clock(outbox: Outbox, back: float) -> None:
    """Given a card edited while it was sent, or found so, when the clock is set back then, then it is due at once."""
    outbox.put([card(1)])
    begun = begin(outbox, "card:12")
    outbox.put([card(2)])
    outbox.sent(begun, "1.1", NOW)
    assert keys(outbox.due(NOW - back)) == ["card:12"]
    outbox.put([Delivery(key="say:1", channel="C1", payload="v1", version=1)])
    begin(outbox, "say:1")
    outbox.put([Delivery(key="say:1", channel="C1", payload="v2", version=2)])
    outbox.found("say:1", "2.2", NOW)
    assert keys(outbox.due(NOW - back)) == ["card:12", "say:1"]


def test_an_update_that_was_begun_is_not_doubtful(outbox: Outbox) -> None:
    """Given a card that is shown, when its sender dies in an update, then it is simply made again."""
    outbox.put([card(1)])
    show(outbox, "card:12")
    outbox.put([card(2)])
    begin(outbox, "card:12", NOW)
    [due] = outbox.due(NOW + HOLD_SECONDS)
    assert (due.doubtful, due.ts) == (False, "1.1")


def test_what_was_found_is_shown_in_the_version_that_was_tried(outbox: Outbox) -> None:
    """Given a doubtful post that has become newer, when it is found, then only the newer version is to be sent."""
    outbox.put([card(1)])
    begin(outbox, "card:12")
    outbox.put([card(2)])
    outbox.found("card:12", "3.3", NOW)
    assert (at(outbox, "card:12").ts, at(outbox, "card:12").sent_version) == ("3.3", 1)
    assert keys(outbox.due(NOW)) == ["card:12"]
    show(outbox, "card:12", "3.3")
    assert at(outbox, "card:12").state is DeliveryState.SENT


def test_what_was_found_unchanged_is_done(outbox: Outbox) -> None:
    """Given a doubtful post, when it is found, then nothing is left to do."""
    outbox.put([card(1)])
    begin(outbox, "card:12")
    outbox.found("card:12", "3.3", NOW)
    assert (at(outbox, "card:12").state, outbox.due(NOW + 99)) == (DeliveryState.SENT, [])


def test_what_is_absent_may_be_posted(outbox: Outbox) -> None:
    """Given a doubtful post, when it is not there, then it is no longer in doubt."""
    outbox.put([card(1)])
    begin(outbox, "card:12")
    outbox.later("card:12", NOW + 2, doubtful=True, failed=True, reason="dropped")
    assert outbox.due(NOW + 1) == []
    [due] = outbox.due(NOW + 2)
    assert (due.doubtful, due.failures, due.reason) == (True, 1, "dropped")
    outbox.absent("card:12")
    assert [each.doubtful for each in outbox.due(NOW + 2)] == [False]


def test_who_was_overtaken_makes_it_pending_again(outbox: Outbox) -> None:
    """Given a sender that slept while another sent something newer, when it has sent, then the newest goes again."""
    outbox.put([card(1)])
    show(outbox, "card:12")
    outbox.put([card(2)])
    slow = begin(outbox, "card:12", NOW)
    outbox.put([card(3)])
    show(outbox, "card:12", now=NOW + HOLD_SECONDS)
    assert at(outbox, "card:12").state is DeliveryState.SENT
    outbox.sent(slow, "1.1", NOW + 40)
    again = at(outbox, "card:12")
    assert (again.state, again.sent_version, again.ts) == (DeliveryState.PENDING, NEVER, "1.1")


def test_success_forgets_the_failures(outbox: Outbox) -> None:
    """Given failures, when the delivery is shown, then they count no more."""
    outbox.put([card(1)])
    outbox.later("card:12", NOW, doubtful=False, failed=True)
    outbox.later("card:12", NOW, doubtful=False, failed=False)
    assert at(outbox, "card:12").failures == 1
    show(outbox, "card:12")
    assert at(outbox, "card:12").failures == 0


def test_a_thread_waits_for_its_parent_and_goes_into_its_thread(outbox: Outbox) -> None:
    """Given a card and its recap, then the recap is due when the card is shown, in the card's thread."""
    outbox.put([in_thread("recap:12"), card(1)])
    assert keys(outbox.due(NOW)) == ["card:12"]
    show(outbox, "card:12", "5.5")
    [due] = outbox.due(NOW)
    assert (due.delivery.key, due.delivery.channel, due.delivery.thread) == ("recap:12", "C1", "5.5")


def test_a_thread_of_a_card_in_a_thread_is_that_thread(outbox: Outbox) -> None:
    """Given a card inside a thread, then what follows it goes into the same thread: Slack has no deeper ones."""
    outbox.put([card(1, thread="4.4"), in_thread("recap:12")])
    show(outbox, "card:12", "5.5")
    assert [due.delivery.thread for due in outbox.due(NOW)] == ["4.4"]


def test_a_final_word_waits_for_the_newest_card(outbox: Outbox) -> None:
    """Given a card that has become newer, then trouble may come, but the recap waits until the card shows the end."""
    outbox.put([card(1)])
    show(outbox, "card:12")
    outbox.put([card(2), in_thread("trouble:12:1"), in_thread("recap:12", urgent=True)])
    assert keys(outbox.due(NOW)) == ["card:12", "trouble:12:1"]
    show(outbox, "trouble:12:1")
    assert keys(outbox.due(NOW)) == ["card:12"]
    show(outbox, "card:12")
    assert keys(outbox.due(NOW)) == ["recap:12"]


def test_a_thread_keeps_its_order(outbox: Outbox) -> None:
    """Given three messages for a thread, when the first must wait, then the others wait behind it."""
    outbox.put([card(1), *(in_thread(f"trouble:12:{n}") for n in range(3))])
    show(outbox, "card:12")
    outbox.later("trouble:12:0", NOW + 5, doubtful=False, failed=True)
    assert outbox.due(NOW) == []
    for number in range(3):
        assert keys(outbox.due(NOW + 5)) == [f"trouble:12:{number}"]
        show(outbox, f"trouble:12:{number}")


def test_what_belongs_to_something_gone_is_given_out_as_orphaned(outbox: Outbox) -> None:
    """Given a card that can't be shown, then its thread is due, to be given up too."""
    outbox.put([card(1), in_thread("recap:12", urgent=True)])
    outbox.gone("card:12", "is_archived")
    assert [(due.delivery.key, due.orphaned) for due in outbox.due(NOW)] == [("recap:12", True)]
    outbox.put([card(9)])
    assert (at(outbox, "card:12").state, at(outbox, "card:12").reason) == (DeliveryState.GONE, "is_archived")


def test_a_parent_that_nobody_knows_holds_nothing_up(outbox: Outbox) -> None:
    """Given a recap without a card, then it is due where it says itself."""
    outbox.put([replace(in_thread("recap:12"), thread="8.8")])
    assert [(due.delivery.thread, due.orphaned) for due in outbox.due(NOW)] == [("8.8", False)]


def test_urgent_goes_first_then_the_oldest(outbox: Outbox) -> None:
    """Given several deliveries, then final states come first, and within them what was put first."""
    outbox.put([Delivery(key=key, channel="C1", payload="", urgent=key in "bd") for key in "abcd"])
    assert keys(outbox.due(NOW)) == ["b", "d", "a", "c"]
    assert keys(outbox.due(NOW, limit=3)) == ["b", "d", "a"]


def test_refused_blocks_go_out_as_text_until_a_newer_version_comes(outbox: Outbox) -> None:
    """Given blocks that Slack refuses, then that version is plain, and the next one is not."""
    outbox.put([card(1)])
    begin(outbox, "card:12")
    outbox.plainly("card:12", "invalid_blocks")
    [due] = outbox.due(NOW)
    assert (due.plain, due.doubtful) == (True, False)
    outbox.put([card(2)])
    assert not at(outbox, "card:12").plain


def test_what_people_deleted_is_posted_anew(outbox: Outbox) -> None:
    """Given a card that is not there any more, then it is to be posted again as another copy, and its thread waits."""
    outbox.put([card(1), in_thread("recap:12")])
    show(outbox, "card:12")
    outbox.anew("card:12", reason="message_not_found")
    [due] = outbox.due(NOW)
    assert (due.delivery.key, due.ts, due.copies, due.sent_version) == ("card:12", "", 1, NEVER)


def test_what_moves_takes_its_thread_along(outbox: Outbox) -> None:
    """Given a card that moves to another channel, then it stands outside threads there, and its thread follows."""
    outbox.put([card(1, thread="4.4"), in_thread("recap:12")])
    outbox.anew("card:12", channel="D7", reason="not_in_channel")
    moved = begin(outbox, "card:12")
    assert (moved.delivery.channel, moved.delivery.thread) == ("D7", "")
    outbox.sent(moved, "6.6", NOW)
    assert [(due.delivery.channel, due.delivery.thread) for due in outbox.due(NOW)] == [("D7", "6.6")]


def test_nothing_to_send_cannot_be_begun(outbox: Outbox) -> None:
    """Given what is sent, gone, or was never put, then it can't be begun, and nothing that is said of it matters."""
    outbox.put([card(1), Delivery(key="x", channel="C1", payload="")])
    show(outbox, "card:12")
    outbox.gone("x", "why")
    assert [outbox.begin(key, NOW) for key in ("card:12", "x", "unknown")] == [None, None, None]
    outbox.found("unknown", "1.1", NOW)
    outbox.absent("unknown")
    outbox.later("unknown", NOW, doubtful=True, failed=True)
    outbox.plainly("unknown", "")
    outbox.anew("unknown")
    outbox.gone("unknown", "")
    assert outbox.get("unknown") is None


def test_payloads_are_found_by_the_beginning_of_their_key(outbox: Outbox) -> None:
    """Given several keys, then payloads come by prefix, in order, and no letter of it has a meaning of its own."""
    outbox.put([Delivery(key=key, channel="C1", payload=key) for key in ("t:1:b", "t:1:a", "t:12:a", "t_1:a", "x%")])
    assert outbox.payloads("t:1:") == ["t:1:b", "t:1:a"]
    assert outbox.payloads("t_1") == ["t_1:a"]
    assert outbox.payloads("%") == []


def test_what_was_settled_long_ago_is_forgotten(outbox: Outbox) -> None:
    """Given deliveries sent, gone and pending, when old ones are removed, then what is pending stays."""
    outbox.put([Delivery(key=key, channel="C1", payload="") for key in ("sent", "gone", "pending")])
    show(outbox, "sent")
    outbox.gone("gone", "why")
    assert outbox.forget(before=0.0) == 0
    assert outbox.forget(before=4e9) == 2
    assert keys(outbox.due(NOW)) == ["pending"]


def test_nothing_can_be_put(outbox: Outbox) -> None:
    """Given no delivery at all, when that is put, then nothing happens."""
    outbox.put([])
    assert outbox.due(NOW) == []


def test_many_at_once_put_one_delivery(outbox: Outbox) -> None:
    """Given eight threads that put versions of one key, then there is one delivery, and it is the newest."""
    _at_once(lambda number: outbox.put([card(number)]))
    assert [due.delivery.version for due in outbox.due(NOW)] == [7]


def test_many_at_once_begin_one_after_the_other(outbox: Outbox) -> None:
    """Given eight threads that begin the same delivery, then each attempt has a number of its own."""
    outbox.put([card(1)])
    attempts: list[int] = []
    _at_once(lambda _: attempts.append(begin(outbox, "card:12").attempt))
    assert sorted(attempts) == list(range(1, 9))


def _at_once(do: Callable[[int], None]) -> None:
    threads = [Thread(target=do, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
