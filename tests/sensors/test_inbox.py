"""Where events of sensors wait: first in, first out, each until it is dealt with; the twin and Redis alike."""

from datetime import UTC, datetime

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.errors import Unavailable
from bot.sensors import MemorySensed, RedisSensed, Sensed, SensedEvents
from bot.sensors import inbox as module


@pytest.fixture(params=["twin", "redis"])
def waiting(request: pytest.FixtureRequest) -> SensedEvents:
    """Both."""
    if request.param == "twin":
        return MemorySensed()
    client: redis.Redis = request.getfixturevalue("client")
    return RedisSensed(client)


def test_the_oldest_stays_until_it_is_dealt_with(waiting: SensedEvents) -> None:
    """Given events, when they are taken, then each comes in its turn, and again until it is said to be dealt with."""
    assert waiting.first() is None
    for number in range(2):
        waiting.put(Sensed(ruleset="town", event={"i": number}))
    assert waiting.first() == waiting.first() == Sensed(ruleset="town", event={"i": 0})
    waiting.done()
    assert waiting.first() == Sensed(ruleset="town", event={"i": 1})
    waiting.done()
    assert waiting.first() is None


def test_what_json_has_no_word_for_becomes_text(waiting: SensedEvents) -> None:
    """Given an event with a date, when it is kept, then the date is a text; one that is too large is refused."""
    waiting.put(Sensed(ruleset="town", event={"at": datetime(2026, 1, 1, tzinfo=UTC)}))
    found = waiting.first()
    assert found is not None
    assert found.event["at"].startswith("2026-01-01")
    with pytest.raises(ValueError, match="512 KiB"):
        waiting.put(Sensed(ruleset="town", event={"x": "x" * module.LARGEST}))


def test_damage_is_passed_over(client: redis.Redis) -> None:
    """Given entries that nobody can read, when the next one is asked for, then it is the first that can be."""
    for text in ("{", "[]", '{"ruleset": "a", "event": 3}'):
        client.rpush(module.KEY, text)
    waiting = RedisSensed(client)
    waiting.put(Sensed(ruleset="town", event={}))
    assert waiting.first() == Sensed(ruleset="town", event={})


def test_there_is_a_bound(client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given as many events as may wait, when one more comes, then its sensor has to wait."""
    monkeypatch.setattr(module, "MOST", 1)
    waiting = RedisSensed(client)
    waiting.put(Sensed(ruleset="town", event={}))
    with pytest.raises(Unavailable):
        waiting.put(Sensed(ruleset="town", event={}))


def test_without_redis_it_is_unavailable() -> None:
    """Given no Redis, when it is asked, then that is what is said."""
    with pytest.raises(Unavailable):
        RedisSensed(redis.Redis(port=1, retry=Retry(NoBackoff(), 0))).first()
