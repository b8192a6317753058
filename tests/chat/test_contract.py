"""What every chat promises, held by the real mailbox and by the twin."""

from dataclasses import replace
from threading import Thread

from bot.chat import LetterKind
from bot.model.incident import IncidentEvent, IncidentStatus
from bot.model.people import Conversation
from bot.model.status import RunStatus
from tests.chat.conftest import HERE, Door
from tests.chat.incidents import NOON, incident_card
from tests.chat.make import card, ended, view

THERE = Conversation(transport="terminal", channel="anna", thread="2")


def test_a_card_is_posted_once_for_its_key(door: Door) -> None:
    """Given a card that was posted, when it is posted again with its key, then the first one stays."""
    ref = door.chat.post_card(HERE, card(), "run 12")
    assert door.chat.post_card(HERE, card(view(counter=41)), "run 12") == ref
    [letter] = door.shown(HERE)
    assert (letter.kind, letter.ref, letter.card) == (LetterKind.CARD, ref, card())


def test_cards_of_two_runs_are_two(door: Door) -> None:
    """Given two keys, then there are two cards with two references."""
    first, second = door.chat.post_card(HERE, card(), "run 12"), door.chat.post_card(HERE, card(run_id=13), "run 13")
    assert first != second
    assert [letter.card.run_id for letter in door.shown(HERE) if letter.card] == [12, 13]


def test_an_update_takes_the_place_of_the_card(door: Door) -> None:
    """Given a card, when it is updated, then a reader sees it once, as it is now."""
    ref = door.chat.post_card(HERE, card(), "run 12")
    door.chat.update_card(HERE, ref, card(view(counter=50)))
    door.chat.update_card(HERE, ref, card(ended()))
    [letter] = door.shown(HERE)
    assert (letter.ref, letter.card) == (ref, card(ended()))


def test_an_older_card_never_replaces_a_newer_one(door: Door) -> None:
    """Given a card of 50 events, when a slow process brings an older one, then nothing changes."""
    ref = door.chat.post_card(HERE, card(), "run 12")
    door.chat.update_card(HERE, ref, card(ended(counter=50)))
    door.chat.update_card(HERE, ref, card(view(counter=49)))
    door.chat.update_card(HERE, ref, card(view(counter=50)))
    assert [letter.card for letter in door.shown(HERE)] == [card(ended(counter=50))]


def test_a_run_that_is_lost_shows_without_a_new_event(door: Door) -> None:
    """Given a card, when its run is found lost at the same counter, then that shows."""
    ref = door.chat.post_card(HERE, card(), "run 12")
    door.chat.update_card(HERE, ref, card(view(status=RunStatus.LOST)))
    assert [letter.card.view.status for letter in door.shown(HERE) if letter.card] == [RunStatus.LOST]


def test_a_call_is_made_once(door: Door) -> None:
    """Given a call that was made, when the next relay makes it again, then it is there once, with whom it calls."""
    for _ in range(2):
        door.chat.call(HERE, "slack-group:S0OPS", "web1 is down", "call 1")
    assert [letter.text for letter in door.shown(HERE)] == ["slack-group:S0OPS is called: web1 is down"]


def test_a_recap_is_posted_once(door: Door) -> None:
    """Given a relay that died after the recap, when the next one posts it again, then there is one."""
    door.chat.post_recap(HERE, card(ended()), "recap 12")
    door.chat.post_recap(HERE, card(ended()), "recap 12")
    [letter] = door.shown(HERE)
    assert (letter.kind, letter.card) == (LetterKind.RECAP, card(ended()))


def test_a_text_is_said_once_unchanged(door: Door) -> None:
    """Given a text with anything in it, when it is said twice with one key, then it is read once as it was."""
    text = 'a "b" {} \n\u2028 <!channel> \x1b[31m ünï 😀'
    door.chat.say(HERE, text, "hello")
    door.chat.say(HERE, "another", "hello")
    assert [letter.text for letter in door.shown(HERE)] == [text]


def test_letters_keep_their_order(door: Door) -> None:
    """Given a card, a text, an update and a recap, then they are read in the order in which they were first posted."""
    ref = door.chat.post_card(HERE, card(), "run 12")
    door.chat.say(HERE, "hosts have changed", "note")
    door.chat.update_card(HERE, ref, card(ended()))
    door.chat.post_recap(HERE, card(ended()), "recap 12")
    assert [letter.kind for letter in door.shown(HERE)] == [LetterKind.CARD, LetterKind.TEXT, LetterKind.RECAP]


def test_conversations_are_apart(door: Door) -> None:
    """Given the same key in two conversations, then each has its own letter and sees no other."""
    door.chat.say(HERE, "here", "key")
    door.chat.say(THERE, "there", "key")
    assert [letter.text for letter in door.shown(HERE)] == ["here"]
    assert [letter.text for letter in door.shown(THERE)] == ["there"]


def test_many_at_once_post_once(door: Door) -> None:
    """Given eight threads that post with one key, then all get one reference and there is one card."""
    refs: list[str] = []
    threads = [Thread(target=lambda: refs.append(door.chat.post_card(HERE, card(), "run 12"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refs), len(set(refs)), len(door.shown(HERE))) == (8, 1, 1)


def test_an_incident_has_one_card(door: Door) -> None:
    """Given an incident that is shown, when it changes, then its card is edited, and an older one changes nothing."""
    door.chat.show_incident(HERE, incident_card(edition=2))
    door.chat.show_incident(HERE, incident_card(edition=5, status=IncidentStatus.CLOSED))
    door.chat.show_incident(HERE, incident_card(edition=3))
    door.chat.show_incident(HERE, incident_card(edition=5, status=IncidentStatus.CLOSED))
    [letter] = door.shown(HERE)
    assert (letter.kind, letter.card) == (LetterKind.INCIDENT, None)
    assert letter.incident == incident_card(edition=5, status=IncidentStatus.CLOSED)
    door.chat.show_incident(HERE, incident_card(id=13))
    assert [shown.incident.incident.id for shown in door.shown(HERE) if shown.incident] == [12, 13]


def test_a_line_of_an_incident_is_told_once(door: Door) -> None:
    """Given a line that was told, when another relay tells it again, then it is there once; another one comes too."""
    event = IncidentEvent(kind="note", at=NOON, actor="terminal:anna", text="a disk is full", id=4, incident_id=12)
    door.chat.tell_incident(HERE, event)
    door.chat.tell_incident(HERE, event)
    door.chat.tell_incident(HERE, replace(event, id=5, kind="acknowledged", text=""))
    assert [letter.text for letter in door.shown(HERE)] == [
        "Incident 12: terminal:anna notes: a disk is full",
        "Incident 12: terminal:anna looks after it",
    ]
