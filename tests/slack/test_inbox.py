"""What came in is kept until it is dealt with: once, sealed, and through the end of any process."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from cryptography.fernet import Fernet

from bot.chat.slack import inbox as module
from bot.chat.slack.inbox import STREAM, Inbox
from bot.entrypoints.slack_door import Talker
from bot.errors import Unavailable
from bot.model.incoming import Incoming, IncomingKind
from bot.queue import SealedBox
from tests.queue.redis_server import RedisServer

KEY = Fernet.generate_key().decode()
COMMAND = Incoming(id="command:1", kind=IncomingKind.COMMAND, team="T1", user="U1", text="run deploy password=hunter2")
BUTTON = Incoming(id="button:1", kind=IncomingKind.BUTTON, team="T1", user="U1", action="run_rerun", value="7")


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    """A Redis without data."""
    with redis_server.client() as made:
        made.flushall()
        yield made


@pytest.fixture
def process(client: redis.Redis) -> Callable[..., Inbox]:
    """Makes the inbox as another process has it."""

    def make(name: str = "a", key: str = KEY, clock: Callable[[], float] = time.monotonic) -> Inbox:
        box = SealedBox(key)
        return Inbox(client, name, seal=box.seal_bytes, unseal=box.open_bytes, clock=clock)

    return make


def taken(inbox: Inbox) -> list[tuple[str, bool]]:
    """All that can be taken now, and whether somebody had it before; nothing is finished."""
    found = []
    while (one := inbox.take(1)) is not None:
        found.append((one.incoming.id, one.again))
    return found


def changed(incoming: Incoming, **more: Any) -> Incoming:
    """The same with other values."""
    from dataclasses import replace

    return replace(incoming, **more)


def test_what_is_put_is_taken_once(process: Callable[..., Inbox]) -> None:
    """Two processes listen, one of them gets it, as it was."""
    assert process().put(COMMAND)
    first = process("b").take(1)
    assert first is not None
    assert first.incoming == COMMAND
    assert not first.again
    assert taken(process("c")) == []


def test_a_delivery_that_is_repeated_counts_once(process: Callable[..., Inbox]) -> None:
    """Slack tells it again, and two connections tell it at once, to two processes."""
    inboxes = [process(name) for name in "abcdefgh"]
    said: list[bool] = []
    threads = [threading.Thread(target=lambda inbox=inbox: said.append(inbox.put(COMMAND))) for inbox in inboxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [False] * 7 + [True]
    assert taken(process()) == [("command:1", False)]


def test_it_counts_once_after_it_was_dealt_with_too(process: Callable[..., Inbox]) -> None:
    """A retry that comes a minute later finds that it is done."""
    inbox = process()
    inbox.put(COMMAND)
    found = inbox.take(1)
    assert found is not None
    inbox.done(found)
    assert not process("b").put(COMMAND)
    assert taken(inbox) == []


def test_a_double_click_counts_once(process: Callable[..., Inbox]) -> None:
    """Slack gives each press an id of its own."""
    assert process().put(BUTTON)
    assert not process("b").put(changed(BUTTON, id="button:2"))
    assert len(taken(process())) == 1


@pytest.mark.parametrize("other", [{"user": "U2"}, {"value": "8"}, {"action": "run_log"}, {"channel": "C2"}])
def test_another_press_is_no_double_click(process: Callable[..., Inbox], other: dict[str, str]) -> None:
    """Somebody else's press, or that of another button, is one of its own."""
    process().put(BUTTON)
    assert process().put(changed(BUTTON, id="button:2", **other))


def test_choices_in_a_form_are_never_taken_for_double_clicks(process: Callable[..., Inbox]) -> None:
    """Somebody picks, and picks again at once: the last one counts."""
    picks = [changed(BUTTON, id=f"button:{n}", action="form_hosts", state={"b": {"n": n}}) for n in range(3)]
    assert all(process().put(pick) for pick in picks)


def test_a_press_may_be_repeated_later(process: Callable[..., Inbox], client: redis.Redis) -> None:
    """After a few seconds the same press is meant."""
    process().put(BUTTON)
    keys = list(client.scan_iter("signalbox:slack:press:*"))
    assert len(keys) == 1
    assert 0 < client.ttl(keys[0]) <= module.DOUBLE_SECONDS
    client.delete(keys[0])
    assert process().put(changed(BUTTON, id="button:2"))


def test_a_press_is_not_swallowed_because_the_clock_was_set_back(
    process: Callable[..., Inbox], client: redis.Redis
) -> None:
    """Given a press, when Redis' clock goes back a day, so that it is known for a day, then the next one counts."""
    process().put(BUTTON)
    (key,) = client.scan_iter("signalbox:slack:press:*")
    client.expire(key, 86_400)
    assert process().put(changed(BUTTON, id="button:2"))
    assert not process().put(changed(BUTTON, id="button:3"))


def test_what_a_dead_process_had_is_taken_by_another(
    process: Callable[..., Inbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It died between taking and finishing: another one gets it, and knows that it may be done already."""
    process("dead").put(COMMAND)
    assert taken(process("dead")) == [("command:1", False)]
    assert taken(process("alive")) == []
    monkeypatch.setattr(module, "ABANDONED_MILLISECONDS", 0)
    found = process("alive").take(1)
    assert found is not None
    assert (found.incoming, found.again) == (COMMAND, True)
    process("alive").done(found)
    assert taken(process("third")) == []


def test_what_a_dead_process_had_is_taken_although_the_clock_was_set_back(process: Callable[..., Inbox]) -> None:
    """Given a Redis for which no time passes, as after its clock was set back, then one of the others takes it once."""
    now = [1_000.0]
    process("dead").put(COMMAND)
    assert taken(process("dead")) == [("command:1", False)]
    others = [process(name, clock=lambda: now[0]) for name in "ab"]
    for seconds in (0.0, 29.0):
        now[0] += seconds
        assert [taken(other) for other in others] == [[], []]
    now[0] += 1.0
    assert [taken(other) for other in others] == [[("command:1", True)], []]
    now[0] += 29.0
    assert [taken(other) for other in others] == [[], []]
    now[0] += 31.0
    assert sorted(len(taken(other)) for other in others) == [0, 1]


def test_what_was_taken_anew_is_left_to_who_has_it(process: Callable[..., Inbox], client: redis.Redis) -> None:
    """Given something that lay long and was taken by another just now, then who has seen it lie leaves it alone."""
    now = [1_000.0]
    process("dead").put(COMMAND)
    assert taken(process("dead")) == [("command:1", False)]
    watching = process("watching", clock=lambda: now[0])
    assert taken(watching) == []
    (lying,) = client.xpending_range(STREAM, module.GROUP, "-", "+", 1)
    client.xclaim(STREAM, module.GROUP, "another", 0, [lying["message_id"]])
    now[0] += 30.0
    assert taken(watching) == []


def test_what_was_acknowledged_and_not_taken_is_done_by_the_next_process(process: Callable[..., Inbox]) -> None:
    """It died between the acknowledgement and the taking: nothing was begun, so it is simply done."""
    process("dead").put(COMMAND)
    assert taken(process("alive")) == [("command:1", False)]


def test_at_the_bound_the_new_is_refused_and_the_old_stays(process: Callable[..., Inbox], client: redis.Redis) -> None:
    """Given as much as may wait, when one more comes, then it is refused, and what Slack was told of is all there."""
    inbox = process()
    inbox.put(COMMAND)
    with client.pipeline(transaction=False) as pipeline:
        for number in range(module.MOST - 1):
            pipeline.xadd(STREAM, {"i": number})
        pipeline.execute()
    for _ in range(200):  # Redis trims by the hundred
        with pytest.raises(Unavailable, match="10,000 things that people did in Slack wait already"):
            inbox.put(changed(COMMAND, id="command:2"))
    assert client.xlen(STREAM) == module.MOST
    found = inbox.take(1)
    assert found is not None
    assert found.incoming == COMMAND


def test_what_was_refused_is_taken_when_there_is_room(
    process: Callable[..., Inbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given two that wait at a bound of two, when one is dealt with, then a third comes in that was refused before."""
    monkeypatch.setattr(module, "MOST", 2)
    inbox, third = process(), changed(BUTTON, id="button:3", value="8")
    assert inbox.put(COMMAND)
    assert inbox.put(BUTTON)
    taker = process("taker")
    found = taker.take(1)
    assert found is not None
    for new in (third, third):
        with pytest.raises(Unavailable):
            inbox.put(new)
    assert not inbox.put(BUTTON)  # it waits already, and Slack is to hear that
    taker.done(found)
    assert inbox.put(third)
    assert taken(process()) == [("button:1", False), ("button:3", False)]


def test_everything_survives_a_restart_of_redis(
    process: Callable[..., Inbox], client: redis.Redis, redis_server: RedisServer
) -> None:
    """Redis comes back with its file: what waited waits, what was known as repeated is."""
    inbox = process()
    inbox.put(COMMAND)
    redis_server.stop()
    with pytest.raises(Unavailable):
        inbox.put(BUTTON)
    with pytest.raises(Unavailable):
        inbox.take(1)
    redis_server.start()
    assert not inbox.put(COMMAND)
    assert taken(inbox) == [("command:1", False)]
    assert client.ping()


def test_a_redis_that_lost_everything_is_used_again(process: Callable[..., Inbox], client: redis.Redis) -> None:
    """The group of takers is made anew."""
    inbox = process()
    assert taken(inbox) == []
    client.flushall()
    inbox.put(COMMAND)
    with pytest.raises(Unavailable):
        inbox.take(1)
    assert taken(inbox) == [("command:1", False)]


def test_nothing_typed_can_be_read_in_redis(process: Callable[..., Inbox], client: redis.Redis) -> None:
    """People type secrets where they should not; Redis may be looked into by others."""
    inbox = process()
    inbox.put(COMMAND)
    held = repr(client.xrange(STREAM)) + repr([client.dump(key) for key in client.scan_iter()])
    assert "hunter2" not in held
    assert "deploy" not in held
    found = inbox.take(1)
    assert found is not None
    inbox.done(found)
    assert client.xlen(STREAM) == 0


def test_an_entry_under_another_key_stops_nobody(
    process: Callable[..., Inbox], client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is left for the process that can read it; when nobody does, it is removed, and the others are dealt with."""
    process("other", Fernet.generate_key().decode()).put(COMMAND)
    process().put(BUTTON)
    inbox = process()
    assert inbox.take(1) is None
    found = inbox.take(1)
    assert found is not None
    assert found.incoming == BUTTON
    inbox.done(found)
    monkeypatch.setattr(module, "ABANDONED_MILLISECONDS", 0)
    assert inbox.take(1) is None
    assert client.xlen(STREAM) == 0


def test_a_talker_takes_nothing_that_it_cannot_deal_with(process: Callable[..., Inbox]) -> None:
    """Slack does not say who we are yet: what came in waits, untouched, and is done afterwards."""
    inbox, stop = process(), threading.Event()
    inbox.put(COMMAND)
    dealt: list[tuple[str, bool]] = []
    tries = [0]

    class Talk:
        def handle(self, incoming: Incoming, *, again: bool) -> None:
            dealt.append((incoming.id, again))
            stop.set()

    def talk() -> Any:
        tries[0] += 1
        if tries[0] == 1:
            raise Unavailable("Slack is away.")
        return Talk()

    began = time.monotonic()
    Talker(inbox=inbox, talk=talk).run(stop)
    assert dealt == [("command:1", False)]
    assert time.monotonic() - began < 60
