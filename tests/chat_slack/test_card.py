"""The run card in Slack, as people see it while a run goes on and when it has ended."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.slack.card import card_message, header_message
from bot.model.run import HostOutcome
from bot.model.status import RunStatus
from bot.model.view import Failure, RunCard
from tests.chat.make import START, card, ended, view
from tests.chat_slack.looks import assert_sound, buttons, elements, read
from tests.chat_slack.strange import cards

NOW = START + 32


def test_a_running_card_tells_what_where_who_and_how_far() -> None:
    """Everything a reader needs stands in words and numbers, not only in signs."""
    message = card_message(card(actor="slack:U123"), NOW)
    shown = read(message)
    assert_sound(message)
    for said in (
        "Run 12 restart-service · 🔄 running for 32 s",
        "Restart a service and wait until it answers",
        "in staging · limit web:&dc1 · 8 hosts · asked by @U123 · revision 3f2a1bc, dirty tree",
        "Task 3 Wait until it answers, 12 s",
        "██████████░░░░░░░░░░ 3 of 6 hosts through it",
        "now on web5, web6, web7 and 1 more",
        "2 hosts failed or could not be reached",
        "🔌 web2 unreachable, in task Gather facts",
        "ssh: connect: No route to host",
        "❌ web3 failed (ok 2, failed 1)",
        "8 hosts: 1 unreachable, 1 failed, 3 changed, 3 ok",
        "1 warning of Ansible",
    ):
        assert said in shown
    assert message.text == ("Run 12, restart-service in staging: running, 1 unreachable, 1 failed, 3 changed, 3 ok")


def test_who_asked_is_a_mention_only_of_a_member() -> None:
    """A Slack id becomes a mention; nobody else's name can become one."""
    assert "<@U123>" in str(card_message(card(actor="slack:U123"), NOW).blocks)
    for actor in ("terminal:U123", "slack:<!channel>", "slack:U1> <!channel", "slack:U1\n"):
        assert "<" not in str(
            [block["text"] for block in card_message(card(actor=actor), NOW).blocks if "text" in block]
        )


def test_a_queued_run_says_that_it_waits() -> None:
    """Before the start there is no task, but the hosts it will touch."""
    message = card_message(card(view(status=RunStatus.QUEUED, outcomes=(), failures=(), failure_count=0)), NOW)
    assert "It waits for a worker.\nOn web1, web2" in read(message)
    assert buttons(message) == ["Cancel", "Details"]


@pytest.mark.parametrize(
    ("status", "check", "bad", "shown"),
    [
        (RunStatus.AWAITING_APPROVAL, False, False, ["Cancel", "Details"]),
        (RunStatus.STARTING, False, False, ["Cancel", "Log", "Details"]),
        (RunStatus.RUNNING, False, True, ["Cancel", "Log", "Details"]),
        (RunStatus.SUCCESSFUL, False, False, ["Log", "Run again", "Details"]),
        (RunStatus.SUCCESSFUL, True, False, ["Log", "Apply", "Run again", "Details"]),
        (RunStatus.FAILED, True, True, ["Log", "Retry failed", "Run again", "Details"]),
        (RunStatus.CANCELED, False, True, ["Log", "Retry failed", "Run again", "Details"]),
        (RunStatus.LOST, False, False, ["Log", "Run again", "Details"]),
        (RunStatus.DENIED, False, False, ["Run again", "Details"]),
        (RunStatus.EXPIRED, False, False, ["Run again", "Details"]),
    ],
)
def test_buttons_are_those_that_make_sense(status: RunStatus, check: bool, bad: bool, shown: list[str]) -> None:
    """A run that has ended cannot be canceled, one under way not be retried, only a good check be applied."""
    outcomes = (HostOutcome(host="web1", failed=1),) if bad else (HostOutcome(host="web1", ok=1),)
    looks = view(status=status, outcomes=outcomes, failures=(), failure_count=int(bad))
    assert buttons(card_message(card(looks, check=check), NOW)) == shown


def test_a_button_carries_an_action_and_the_runs_id_alone() -> None:
    """Whoever handles a press looks everything else up."""
    pressed = elements(card_message(card(ended()), NOW).blocks, "button")
    assert {each["value"] for each in pressed} == {"12"}
    assert [each["action_id"] for each in pressed] == ["run_log", "run_retry", "run_rerun", "run_details"]


def test_what_changes_something_asks_first() -> None:
    """Cancel, Retry, Run again and Apply have a question before them; Log and Details have none."""
    looks = ended(status=RunStatus.SUCCESSFUL)
    shown = [
        *elements(card_message(card(looks, check=True), NOW).blocks, "button"),
        *elements(card_message(card(), NOW).blocks, "button"),
    ]
    asking = {each["text"]["text"] for each in shown if "confirm" in each}
    assert asking == {"Cancel", "Retry failed", "Run again", "Apply"}


def test_a_failed_card_shows_failures_and_no_task() -> None:
    """When the run has ended, the bars are gone and the first failures stand with their messages."""
    shown = read(card_message(card(ended()), NOW))
    assert "❌ failed after 1 min 24 s" in shown
    assert "Job for nginx.service failed.\nSee journalctl -xe." in shown
    assert "through it" not in shown


def test_a_run_that_could_not_run_tells_why() -> None:
    """Without failures of hosts, the reason stands in the card."""
    looks = ended(
        status=RunStatus.ERROR, outcomes=(), failures=(), failure_count=0, reason="The vault can't be opened."
    )
    assert "⛔ error after 1 min 24 s" in read(card_message(card(looks), NOW))
    assert "The vault can't be opened." in read(card_message(card(looks), NOW))


def test_hosts_that_may_still_be_busy_are_told() -> None:
    """After a cancel people must know where something may still go on."""
    looks = ended(status=RunStatus.CANCELED, failures=(), failure_count=0, busy_hosts=("web5", "web6"))
    assert "web5, web6 may still be busy" in read(card_message(card(looks), NOW))


def test_a_long_message_is_cut_and_counted() -> None:
    """Of 10 kB of a module's output the first lines are shown, and how much more the log has."""
    failure = Failure(host="web3", task="t", message="\n".join(f"line {n} of much" for n in range(700)))
    message = card_message(card(view(failures=(failure,), failure_count=1)), NOW)
    assert_sound(message)
    assert "line 3 of much" in read(message)
    assert "line 4 of much" not in read(message)
    assert "more characters in the log)" in read(message)


def test_5000_hosts_make_a_bounded_card() -> None:
    """The worst ten hosts by name, the others counted."""
    hosts = tuple(f"web{n}" for n in range(5_000))
    outcomes = (
        *(HostOutcome(host=host, failed=1) for host in hosts[:40]),
        *(HostOutcome(host=host, ok=1) for host in hosts[40:]),
    )
    failures = tuple(Failure(host=host, task="t", message="x" * 2_000) for host in hosts[:40])
    looks = ended(outcomes=outcomes, failures=failures, failure_count=40)
    message = card_message(card(looks, hosts=hosts), NOW)
    assert_sound(message)
    assert "and 37 more failures, to be read in the log" in read(message)
    assert "and 4990 more hosts: 30 failed, 4960 ok" in read(message)
    assert "5000 hosts: 40 failed, 4960 ok" in read(message)


def test_check_mode_is_written_out() -> None:
    """Nobody may take a check for the real thing."""
    assert "check mode, nothing is changed" in read(card_message(card(check=True), NOW))
    assert "(check mode)" in card_message(card(check=True), NOW).text


def test_the_metadata_names_run_and_age() -> None:
    """After an unknown outcome a card can be found again, and told from an older one."""
    assert card_message(card(), NOW).metadata == {
        "event_type": "signalbox",
        "event_payload": {"kind": "card", "run": 12, "sequence": 40},
    }


def test_the_header_is_the_card_without_what_happens() -> None:
    """What whoever asked is told at once has no buttons and no progress."""
    message = header_message(card(view(status=RunStatus.QUEUED, started_at=None)))
    assert_sound(message)
    assert buttons(message) == []
    assert "⏳ queued" in read(message)


@settings(max_examples=150, deadline=None)
@given(cards(), st.one_of(st.floats(), st.floats(0, 2e9)))
def test_any_run_makes_a_card_that_slack_takes(shown: RunCard, now: float) -> None:
    """Thousands of hosts, messages of 10 kB, any characters, any times: it fits, and nothing in it acts."""
    assert_sound(card_message(shown, now))
    assert_sound(header_message(shown))
