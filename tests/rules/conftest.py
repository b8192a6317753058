"""A Redis for tests of rules."""

from collections.abc import Iterator

import pytest
import redis

from tests.queue.redis_server import RedisServer


@pytest.fixture(scope="session")
def server() -> Iterator[RedisServer]:
    """One server for all."""
    made = RedisServer()
    made.start()
    yield made
    made.remove()


@pytest.fixture
def client(server: RedisServer) -> Iterator[redis.Redis]:
    """A client of the server, without data."""
    made = server.client()
    made.flushall()
    yield made
    made.close()
