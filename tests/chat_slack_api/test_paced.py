"""Calls that wait for their turn, and what a 429 does to everybody's."""

import pytest

from bot.chat.slack.budget import Budget, Priority
from bot.chat.slack.paced import PacedApi
from bot.chat.slack.refusals import rate_limited
from bot.chat.slack.trouble import RateLimited
from bot.chat.slack.twin import MemorySlack

from .conftest import Clock


@pytest.fixture
def slack() -> MemorySlack:
    """A workspace with two channels."""
    slack = MemorySlack()
    slack.call("auth.test", {})
    for channel in ("C1", "C2"):
        slack.add_channel(channel)
    slack.calls.clear()
    return slack


def post(api: PacedApi, channel: str = "C1") -> str:
    """Post a word."""
    return str(api.call("chat.postMessage", {"channel": channel, "text": "word"})["ts"])


def test_without_patience_a_full_budget_says_how_long(slack: MemorySlack, budget: Budget) -> None:
    """Given a full channel, when one more post is made, then RateLimited tells the seconds and Slack hears nothing."""
    api = PacedApi(slack, budget, "T1", key="run-1")
    for _ in range(3):
        post(api)
    with pytest.raises(RateLimited) as raised:
        post(api)
    assert 0 < raised.value.seconds <= 1.05
    assert len(slack.calls) == 3


def test_with_patience_it_waits_for_its_turn(slack: MemorySlack, budget: Budget, clock: Clock) -> None:
    """Given a full channel and patience, when one more post is made, then it waits as told and is made."""
    api = PacedApi(slack, budget, "T1", key="run-1", patience=5, sleep=clock.pass_by)
    for _ in range(8):
        post(api)
    assert len(slack.channels["C1"].messages) == 8


def test_patience_has_an_end(slack: MemorySlack, budget: Budget, clock: Clock) -> None:
    """Given a method closed for longer than somebody would wait, when a call is made, then it says so at once."""
    budget.punish("chat.postMessage", "T1", 30)
    started = clock.now
    with pytest.raises(RateLimited) as raised:
        post(PacedApi(slack, budget, "T1", patience=5, sleep=clock.pass_by))
    assert raised.value.seconds == 30
    assert clock.now == started


def test_a_429_of_slack_holds_everybody(slack: MemorySlack, budget: Budget, clock: Clock) -> None:
    """Given Slack answers 429 to one caller, when another calls, then it is not sent before Retry-After is over."""
    slack.fail("chat.postMessage", rate_limited("chat.postMessage", 12))
    with pytest.raises(RateLimited):
        post(PacedApi(slack, budget, "T1", key="run-1"))
    other = PacedApi(slack, budget, "T1", key="run-2", priority=Priority.FINAL)
    with pytest.raises(RateLimited) as raised:
        post(other, "C2")
    assert raised.value.seconds == 12
    assert len(slack.calls) == 1
    clock.pass_by(12)
    assert post(other, "C2")


def test_files_draw_on_the_budget_too(slack: MemorySlack, budget: Budget) -> None:
    """Given an announced file, when its bytes are sent, then they arrive."""
    api = PacedApi(slack, budget, "T1")
    said = api.call("files.getUploadURLExternal", {"filename": "a.log", "length": 3})
    api.send_file(said["upload_url"], b"log")
    assert slack.files[said["file_id"]]["content"] == b"log"
