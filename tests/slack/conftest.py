"""Fixtures: a desk (what `serve` is made of) in this process, or a town of processes beside a fake Slack."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.targets import ansible_door
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


def _same_ansible(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inventories are read in this process, not each in one of its own: Ansible keeps its first configuration."""
    config = ansible_door.config_file()
    if config:
        monkeypatch.setenv("ANSIBLE_CONFIG", config)


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """A Slack of which the app has not yet heard."""
    with FakeSlack() as running:
        yield running


@pytest.fixture
def quiet_desk(
    tmp_path: Path, redis_server: RedisServer, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """A desk that does not listen yet."""
    _same_ansible(monkeypatch)
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
