"""A run in steps, as terminals and Slack show it: one card with all steps, and what there is to say of each."""

from bot.chat.slack.card import card_message
from bot.chat.terminal import recap_lines
from bot.chat.words import steps
from bot.model.status import RunStatus
from bot.model.view import Step
from tests.chat.make import card, ended, view
from tests.chat_slack.looks import assert_sound, read

UNDER_WAY = (Step(name="bring up", state="done"), Step(name="check", state="running"), Step(name="run"))


def test_a_card_shows_every_step() -> None:
    """Given a rehearsal under way, when it is shown, then each step says how it stands."""
    message = card_message(card(view(steps=UNDER_WAY)), 0.0)
    assert_sound(message)
    assert "bring up: done; check: running; run: to come" in read(message)


def test_a_recap_says_what_was_not_done() -> None:
    """Given a rehearsal that a killed worker left, when its recap is shown, then nothing is said to be running."""
    looks = card(ended(status=RunStatus.LOST, steps=UNDER_WAY))
    assert steps(looks) == "bring up: done; check: not done; run: not reached"
    assert "check: not done" in " ".join(recap_lines(looks))


def test_what_a_step_says_is_no_markup() -> None:
    """Given a hostile name of a task in a note, when it is shown in Slack, then it is text."""
    hostile = Step(name="run again", state="done", note="it changed again: <!channel> *x*")
    message = card_message(card(view(steps=(hostile,))), 0.0)
    assert_sound(message)
    assert "<!channel>" not in str(message)


def test_a_run_without_steps_has_no_word_of_them() -> None:
    """Given a plain run, when it is shown, then there are no steps."""
    assert steps(card()) == ""
