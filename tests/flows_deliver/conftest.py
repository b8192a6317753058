"""What these tests are given: a place with all its real parts, and a Redis of its own for who stops it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.ledger.sql import SqlLedger
from tests.fake_slack import FakeSlack
from tests.fake_slack.clock import ManualClock
from tests.flows_deliver.place import Place
from tests.ledger.conftest import postgres as postgres  # noqa: PLC0414  # a fixture
from tests.ledger.postgres import PostgresServer
from tests.queue.redis_server import RedisServer


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A real server for all tests."""
    server = RedisServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def place(redis_server: RedisServer, tmp_path: Path) -> Iterator[Place]:
    """Everything together, over SQLite."""
    yield from _place(redis_server, f"sqlite:///{tmp_path}/ledger.db")


@pytest.fixture(params=["sqlite", "postgresql"])
def every_place(request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path: Path) -> Iterator[Place]:
    """Everything together, over each database there is."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.url(template="migrated")
    yield from _place(redis_server, url)


def _place(server: RedisServer, url: str) -> Iterator[Place]:
    clock, ledger, client = ManualClock(), SqlLedger(url), server.client()
    ledger.migrate()
    client.flushall()
    with FakeSlack(clock=clock) as slack:
        yield Place(slack=slack, clock=clock, redis=client, ledger=ledger)
        assert slack.violations == []
    client.close()
    ledger.close()
