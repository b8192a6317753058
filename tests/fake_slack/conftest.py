"""A fake Slack, and Slack's own client that talks to it, for the tests of this folder."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from tests.fake_slack import FakeSlack, ManualClock


@pytest.fixture
def clock() -> ManualClock:
    """Time that a test moves."""
    return ManualClock()


@pytest.fixture
def slack(clock: ManualClock) -> Iterator[FakeSlack]:
    """A Slack whose minutes pass when the test says so."""
    with FakeSlack(clock=clock) as running:
        yield running


@pytest.fixture
def client(slack: FakeSlack) -> WebClient:
    """Slack's own client with the bot's token; it tries nothing twice by itself."""
    return web(slack)


def web(slack: FakeSlack, token: str = "") -> WebClient:
    """A client with another token."""
    return WebClient(token=token or slack.bot_token, base_url=slack.api_url, retry_handlers=[], timeout=60)
