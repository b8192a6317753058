"""The card of a run that waits for people, in Slack and in a terminal: nobody has to approve blindly."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.slack.card import card_message
from bot.chat.slack.forms import deny_form
from bot.chat.slack.home import Home, home_view
from bot.chat.slack.recap import recap_message
from bot.chat.slack.sizes import weight
from bot.chat.terminal import card_lines, waiting_lines
from bot.chat.terminal.screen import to_ansi
from bot.model.consent import Excerpt, Pending, Stage, Vote
from bot.model.status import RunStatus
from bot.model.view import RunCard, Waiting
from tests.chat.make import START, card, ended, view
from tests.chat_slack.looks import assert_sound, buttons, read
from tests.fake_slack.blocks import check_view

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
HOSTILE = "<!channel> `x` *b* <@U1>\n\x1b[31m\u202e"


def pending(**changed: object) -> Pending:
    """One of two approvals is there."""
    fields: dict[str, object] = {
        "run_id": 12,
        "stage": Stage.APPROVE,
        "asked_at": NOW,
        "deadline": NOW + timedelta(hours=1),
        "reasons": ("restart-service requires 2 approvals.",),
        "count": 2,
        "roles": ("lead",),
        "excerpts": (Excerpt(name="playbooks/a.runbook.yml", text="id: a\nsummary: b", left_out=7),),
        "votes": (Vote(actor="slack:U7", yes=True, reason="reviewed", at=NOW),),
    }
    return Pending(**{**fields, **changed})  # type: ignore[arg-type]


def waits(of: Pending | None = None, **changed: object) -> RunCard:
    """A card that waits."""
    fields: dict[str, object] = {
        "pending": of or pending(),
        "parameters": (("service", '"nginx"'), ("token", "********")),
        "options": "--tags config",
        "last_runs": ("run 9: successful, 2026-04-01 10:00 UTC, terminal:ben",),
    }
    waiting = Waiting(**{**fields, **changed})  # type: ignore[arg-type]
    looks = view(status=RunStatus.AWAITING_APPROVAL, counter=0, outcomes=(), failures=(), failure_count=0, warnings=())
    bare = replace(looks, started_at=None, task="", play="")
    return replace(card(bare), waiting=waiting)


TOLD = (
    "restart-service requires 2 approvals.",
    "2 approvals of the role lead",
    "there are 1",
    "web1, web2",
    "nginx",
    "********",
    "--tags config",
    "run 9: successful",
    "playbooks/a.runbook.yml",
    "id: a",
    "and 7 more lines",
    "reviewed",
)


def test_slack_shows_all_that_one_should_know() -> None:
    """Given a run that waits, when its card is read in Slack, then all is there, and buttons to answer it."""
    message = card_message(waits(), START)
    assert_sound(message)
    shown = read(message)
    for said in TOLD:
        assert said in shown
    assert "@U7 says yes: reviewed" in shown
    assert buttons(message) == ["Approve", "Deny", "Cancel", "Details"]


def test_a_terminal_shows_all_that_one_should_know() -> None:
    """Given the same, when it is printed, then all is there, and the commands that answer it."""
    shown = "\n".join(waiting_lines(waits()))
    for said in TOLD:
        assert said in shown
    assert "It waits. Say `approve 12` or `deny 12 because ...` or `cancel 12`." in shown
    assert "wants 2 approvals" in to_ansi(card_lines(waits(), START, 100), 100, "utf-8")


def test_a_confirmation_has_its_own_button() -> None:
    """Given a run to confirm, when its card is shown, then it has the question, and Confirm instead of Approve."""
    looks = waits(pending(stage=Stage.CONFIRM, message="Really?"))
    assert buttons(card_message(looks, START)) == ["Confirm", "Cancel", "Details"]
    assert "to confirm: Really?" in read(card_message(looks, START))
    assert "Say `confirm 12` or `cancel 12`." in "\n".join(waiting_lines(looks))


def test_what_is_hostile_stays_text() -> None:
    """Given hostile text in every field, when the card is shown, then it is text, within sizes, with its buttons."""
    votes = tuple(Vote(actor=f"slack:{HOSTILE}{n}", yes=True, reason=HOSTILE * 20, at=NOW) for n in range(20))
    excerpts = tuple(Excerpt(name=HOSTILE, text=HOSTILE * 500, left_out=1) for _ in range(2))
    wild = pending(reasons=(HOSTILE * 30,) * 5, excerpts=excerpts, votes=votes, message=HOSTILE, roles=(HOSTILE,))
    looks = waits(wild, parameters=((HOSTILE, HOSTILE * 100),) * 50, last_runs=(HOSTILE,) * 5, options=HOSTILE)
    message = card_message(replace(looks, broke_glass=HOSTILE), START)
    assert_sound(message)
    assert weight(message.blocks) <= 12_000
    assert buttons(message) == ["Approve", "Deny", "Cancel", "Details"]
    assert "\x1b" not in "".join(waiting_lines(looks))
    assert "\u202e" not in "".join(waiting_lines(looks))


@pytest.mark.parametrize("looks", [view(), ended()])
def test_broken_glass_stays_on_the_card(looks: object) -> None:
    """Given a run whose approval was skipped, when card and recap are shown, then both say so."""
    broken = replace(card(looks), broke_glass="Break-glass: slack:U7 skipped the approval")  # type: ignore[arg-type]
    for message in (card_message(broken, START), recap_message(broken)):
        assert "Break-glass: slack:U7 skipped" in read(message)


def test_the_home_shows_what_waits() -> None:
    """Given a run that somebody may approve, when they open the home, then it stands there with what it wants."""
    shown = read(home_view(Home(waiting=(waits(),)), START)["blocks"])
    assert "2 approvals of the role lead" in shown


def test_the_form_for_a_no_fits() -> None:
    """Given a run, when somebody says no, then the form that asks why is one that Slack takes."""
    assert check_view(deny_form(12, '{"run":"12"}'), "modal") == []
