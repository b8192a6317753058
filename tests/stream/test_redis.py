"""What only real Redis goes through: absence, crashes, full memory, foreign entries."""

import threading
import time
from pathlib import Path

import pytest

from bot.errors import Unavailable
from bot.stream import Damaged, RedisStream

from .conftest import event, events
from .redis_server import RedisServer, client_of

KEY = "signalbox:run:1:events"


def test_the_entries_are_as_documented(server: RedisServer) -> None:
    """Given an appended event, when another program looks, then key, id and field are as the documentation says."""
    client = server.client()
    RedisStream(client).append(events(4))
    ((place, fields),) = client.xrange(KEY)
    client.close()
    assert place == b"4-0"
    assert list(fields) == [b"e"]
    assert b'"host":"web1"' in fields[b"e"]


def test_no_redis_is_said_in_one_sentence() -> None:
    """Given no Redis at all, when any method is called, then Unavailable says so and not where."""
    client = client_of(Path("/nowhere/secret.sock"))
    stream = RedisStream(client, retry_seconds=0)
    calls = [
        lambda: stream.append(events(1)),
        lambda: stream.read(1, 0),
        lambda: stream.read_many({1: 0}, block_ms=10),
        lambda: stream.last_counter(1),
        lambda: stream.trim(1, 1),
        lambda: stream.delete(1),
        lambda: stream.expire(1, 1),
    ]
    for call in calls:
        with pytest.raises(Unavailable, match="no connection") as caught:
            call()
        assert "secret" not in str(caught.value)
    client.close()


def test_a_refused_password_is_not_waited_for(server: RedisServer) -> None:
    """Given a wrong password, when an event is appended with an hour's patience, then it is refused at once."""
    admin = server.client()
    admin.config_set("requirepass", "right-password")
    client = server.client(password="wrong-password")
    try:
        with pytest.raises(Unavailable, match="password") as caught:
            RedisStream(client, retry_seconds=3600).append(events(1))
    finally:
        admin.config_set("requirepass", "")
        admin.close()
        client.close()
    assert "wrong-password" not in str(caught.value)


def test_a_writer_survives_a_crash_of_redis(server: RedisServer) -> None:
    """Given a writer in the middle of 2,000 events, when Redis is killed and started again, then each is there once."""
    client = server.client()
    stream = RedisStream(client, retry_seconds=60)
    failed: list[Exception] = []

    def write() -> None:
        try:
            for start in range(1, 2001, 10):
                stream.append(events(*range(start, start + 10)))
        except Exception as error:  # noqa: BLE001 (whatever it is, the test must see it)
            failed.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    deadline = time.monotonic() + 30
    with server.client() as watcher:
        while watcher.xlen(KEY) < 200 and time.monotonic() < deadline:
            pass
    server.stop()
    server.start()
    writer.join(timeout=90)
    assert failed == []
    assert [found.counter for found in stream.read(1, after=0, count=5000)] == list(range(1, 2001))
    client.close()


def test_full_memory_leaves_no_gap(server: RedisServer) -> None:
    """Given Redis out of memory, when appending fails and memory is there again, then the same events can follow."""
    client = server.client()
    stream = RedisStream(client, retry_seconds=0)
    stream.append(events(1))
    client.config_set("maxmemory", "1")
    try:
        with pytest.raises(Unavailable, match="out of memory"):
            stream.append(events(2, 3))
    finally:
        client.config_set("maxmemory", "0")
    stream.append(events(2, 3))
    assert stream.read(1, after=0) == events(1, 2, 3)
    client.close()


def test_foreign_entries_are_damage_that_can_be_passed(server: RedisServer) -> None:
    """Given entries with another field and with another id, when reading, then both are named and can be passed."""
    client = server.client()
    client.xadd(KEY, {"x": "1"}, id="1-0")
    client.xadd(KEY, {"e": "1"}, id="1-7")
    stream = RedisStream(client)
    stream.append(events(2))
    with pytest.raises(Damaged, match="no event in it"):
        stream.read(1, after=0)
    assert stream.read(1, after=1) == events(2)
    client.close()


def test_something_else_under_the_key_is_said(server: RedisServer) -> None:
    """Given a key that holds no stream, when it is read or written, then Unavailable names Redis' own word for it."""
    client = server.client()
    client.set(KEY, "x")
    stream = RedisStream(client, retry_seconds=3600)
    with pytest.raises(Unavailable, match="WRONGTYPE"):
        stream.append(events(1))
    with pytest.raises(Unavailable, match="WRONGTYPE"):
        stream.read(1, after=0)
    client.close()


@pytest.mark.parametrize("protocol", [2, 3])
def test_both_protocols_are_understood(server: RedisServer, protocol: int) -> None:
    """Given a client of either protocol, when it writes and reads, then the events are the same."""
    client = server.client(protocol=protocol, legacy_responses=False)
    stream = RedisStream(client)
    stream.append([event(1), event(1, 2)])
    stream.append([event(1), event(2)])
    assert stream.read_many({1: 0, 2: 0}) == {1: events(1, 2), 2: events(1, run_id=2)}
    assert stream.last_counter(1) == 2
    client.close()


def test_waiting_is_shorter_than_the_connections_own_patience(server: RedisServer) -> None:
    """Given a client that gives up after a fifth of a second, when a reader asks for a minute, then it is no error."""
    client = server.client(socket_timeout=0.2)
    assert RedisStream(client).read_many({1: 0}, block_ms=60_000) == {}
    client.close()


def test_a_client_that_decodes_is_turned_away(server: RedisServer) -> None:
    """Given a client that decodes every answer, when a stream is made of it, then it is a programmer's mistake."""
    client = server.client(decode_responses=True)
    with pytest.raises(ValueError, match="decodes"):
        RedisStream(client)
    client.close()
