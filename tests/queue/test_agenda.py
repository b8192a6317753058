"""The contract of Agenda, over real Redis and the twin: how far each schedule has been dealt with."""

from datetime import UTC, datetime, timedelta

import pytest
import redis

from bot.errors import Unavailable
from bot.queue import Agenda, Mark, MemoryAgenda, RedisAgenda
from bot.queue.agenda import KEY

NOON = datetime(2026, 11, 27, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(params=["redis", "twin"])
def agenda(request: pytest.FixtureRequest) -> Agenda:
    """Both, one after the other."""
    return MemoryAgenda() if request.param == "twin" else RedisAgenda(request.getfixturevalue("client"))


def mark(**later: float) -> Mark:
    """A mark."""
    return Mark(at=NOON + timedelta(**later), seen=NOON)


def test_what_is_put_comes_back(agenda: Agenda) -> None:
    """Given marks, when they are read, then each is as it was put last, and those that were dropped are gone."""
    assert agenda.marks() == {}
    for name, one in (("night", mark()), ("day", mark(hours=1)), ("night", mark(hours=2))):
        agenda.put(name, one)
    assert agenda.marks() == {"night": mark(hours=2), "day": mark(hours=1)}
    agenda.drop({"night", "nobody"})
    agenda.drop(())
    assert agenda.marks() == {"day": mark(hours=1)}


def test_what_cannot_be_read_is_no_mark(client: redis.Redis) -> None:
    """Given a field that is no mark, when marks are read, then the others are there."""
    agenda = RedisAgenda(client)
    agenda.put("night", mark())
    client.hset(KEY, "broken", "[1]")
    client.hset(KEY, "newer", '{"v": 9, "when": "now"}')
    assert agenda.marks() == {"night": mark()}


def test_redis_that_is_away_is_told() -> None:
    """Given no Redis, when marks are asked for, then that is Unavailable."""
    with pytest.raises(Unavailable):
        RedisAgenda(redis.Redis(port=1)).marks()
