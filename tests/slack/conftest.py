"""Fixtures: a desk (what `serve` is made of) in this process, or a town of processes beside a fake Slack."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fake_slack import FakeSlack
from tests.queue.redis_server import RedisServer
from tests.slack.desk import Desk


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    """One Redis for a module."""
    server = RedisServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """A Slack of which the app has not yet heard."""
    with FakeSlack() as running:
        yield running


@pytest.fixture
def quiet_desk(tmp_path: Path, redis_server: RedisServer, slack: FakeSlack) -> Iterator[Desk]:
    """A desk that does not listen yet."""
    with redis_server.client() as client:
        client.flushall()
    made = Desk(tmp_path, redis_server.socket, slack)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def desk(quiet_desk: Desk) -> Desk:
    """A desk that listens; nothing that Slack would not bear may happen at it."""
    quiet_desk.start()
    return quiet_desk
