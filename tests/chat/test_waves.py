"""A run in waves, as terminals and Slack show it: one card with all waves, and who has to say go."""

from bot.chat.slack.card import card_message
from bot.chat.slack.recap import recap_message
from bot.chat.terminal import recap_lines
from bot.chat.words import go_sentence, waves
from bot.model.status import RunStatus
from bot.model.view import Wave
from tests.chat.make import card, ended, view
from tests.chat_slack.looks import assert_sound, buttons, read

WAITING = (Wave(hosts=1, state="done"), Wave(hosts=2, state="waiting"), Wave(hosts=5))


def test_a_card_shows_every_wave_and_asks_for_a_go() -> None:
    """Given a run that waits between two waves, when it is shown in Slack, then a button lets it go on."""
    message = card_message(card(view(waves=WAITING)), 0.0)
    assert_sound(message)
    assert "wave 1 of 3: 1 host, done; wave 2 of 3: 2 hosts, waiting; wave 3 of 3: 5 hosts, to come" in read(message)
    assert "It waits for a person" in read(message)
    assert buttons(message)[:2] == ["Go on", "Cancel"]


def test_a_recap_says_what_was_not_reached() -> None:
    """Given a run that ended between waves, when its recap is shown, then nobody is asked for anything any more."""
    failed = (Wave(hosts=1, state="done", failed=1), Wave(hosts=2, state="waiting"), Wave(hosts=5))
    looks = card(ended(status=RunStatus.FAILED, waves=failed))
    told = "wave 1 of 3: 1 host, done, 1 failed; wave 2 of 3: 2 hosts, not reached; wave 3 of 3: 5 hosts, not reached"
    assert waves(looks) == told
    assert go_sentence(looks) == ""
    assert "wave 2 of 3: 2 hosts, not reached" in " ".join(recap_lines(looks))
    assert "Go on" not in buttons(recap_message(looks))


def test_many_waves_are_counted() -> None:
    """Given a thousand waves, when they are shown, then eight are, and the rest is counted."""
    looks = card(view(waves=tuple(Wave(hosts=1) for _ in range(1000))))
    assert waves(looks).endswith("; and 992 more")
    assert_sound(card_message(looks, 0.0))


def test_a_run_without_waves_has_no_word_of_them() -> None:
    """Given a run of all hosts at once, when it is shown, then there is no wave in it."""
    assert waves(card()) == ""
    assert "wave" not in read(card_message(card(), 0.0))
