"""The contract of Stops and Turns, over real Redis and the twins: nothing is lost when many come at once."""

import threading
import time
from collections.abc import Callable

import pytest
import redis

from bot.errors import NotAllowed, Unavailable
from bot.model.stop import Stop, StopKind
from bot.queue import MemoryStops, MemoryTurns, RedisStops, RedisTurns, Stops, Turns, turn

from .redis_server import RedisServer


@pytest.fixture(params=["redis", "twin"])
def stops(request: pytest.FixtureRequest) -> Stops:
    """Both, one after the other."""
    return MemoryStops() if request.param == "twin" else RedisStops(request.getfixturevalue("client"))


@pytest.fixture(params=["redis", "twin"])
def turns(request: pytest.FixtureRequest) -> Turns:
    """Both, one after the other."""
    return MemoryTurns() if request.param == "twin" else RedisTurns(request.getfixturevalue("client"))


def lock(environment: str, until: float | None = None) -> Stop:
    """A lock with hosts and a hostile reason."""
    reason = "<!channel> {{ x }} \u202e"
    hosts = ("web1", "web2")
    return Stop(
        kind=StopKind.LOCK, environment=environment, actor="slack:U1", reason=reason, at=1.5, until=until, hosts=hosts
    )


def at_once(act: Callable[[int], None], count: int = 8) -> None:
    """The same by several threads that begin together."""
    together = threading.Barrier(count)

    def run(number: int) -> None:
        together.wait(30)
        act(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_what_is_kept_comes_back(stops: Stops) -> None:
    """Given locks, when they are read, then they are as they were set, in order; and none when all are taken off."""
    kept = (lock("lab"), lock("prod", until=time.time() + 60))
    stops.change(lambda there: (*there, *kept))
    assert stops.now() == kept
    stops.change(lambda _: ())
    assert stops.now() == ()


def test_what_is_over_is_gone(stops: Stops) -> None:
    """Given a lock whose time is over, when they are read and changed, then it is not among them."""
    stops.change(lambda _: (lock("lab", until=time.time() - 1), lock("prod")))
    assert stops.now() == (lock("prod"),)
    stops.change(lambda there: there)
    assert stops.now() == (lock("prod"),)


def test_an_edit_that_refuses_changes_nothing(stops: Stops) -> None:
    """Given a lock, when an edit raises, then the lock is as it was, and the error comes out."""
    stops.change(lambda _: (lock("lab"),))

    def refuse(_there: tuple[Stop, ...]) -> tuple[Stop, ...]:
        raise NotAllowed("no")

    with pytest.raises(NotAllowed):
        stops.change(refuse)
    assert stops.now() == (lock("lab"),)


def test_no_edit_is_lost(stops: Stops) -> None:
    """Given eight people, when each sets a lock in the same moment, then there are eight."""
    at_once(lambda number: stops.change(lambda there: (*there, lock(f"e{number}"))))
    assert {stop.environment for stop in stops.now()} == {f"e{number}" for number in range(8)}


def test_one_at_a_time_has_the_turn(turns: Turns) -> None:
    """Given eight who want the same, when they come at once, then never two are inside."""
    inside: list[int] = []
    most: list[int] = []

    def enter(number: int) -> None:
        with turns.turn("lab"):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.002)
            inside.remove(number)

    at_once(enter)
    assert most == [1] * 8


def test_other_names_do_not_wait(turns: Turns) -> None:
    """Given somebody who has a turn, when another name is wanted, then it is there at once; an error gives it back."""
    with turns.turn("lab"), turns.turn("prod"):
        pass
    with pytest.raises(ZeroDivisionError), turns.turn("lab"):
        _ = 1 / 0
    with turns.turn("lab"):
        pass


def test_nobody_waits_for_ever(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given somebody who does not let go, when the patience of the next one is over, then they are told."""
    monkeypatch.setattr(turn, "PATIENCE_SECONDS", 0.05)
    with turns.turn("lab"), pytest.raises(Unavailable, match="ask again"), turns.turn("lab"):
        pass


def test_threads_hand_on_and_other_processes_have_their_chance(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given threads that want a turn all the time, when another process wants it, then it has it; never two at once."""
    monkeypatch.setattr(turn, "HAND_ON_SECONDS", 0.03)
    ours, theirs, over = RedisTurns(client), RedisTurns(client), threading.Event()
    inside: list[int] = []
    most: list[int] = []
    taken: set[bytes] = set()

    def enter(turns: RedisTurns) -> None:
        with turns.turn("lab"):
            inside.append(1)
            most.append(len(inside))
            taken.add(bytes(client.get("signalbox:turn:lab") or b""))  # type: ignore[arg-type]
            inside.pop()

    def work(number: int) -> None:
        if number:
            while not over.is_set():
                enter(ours)
        else:
            for _ in range(3):
                enter(theirs)
            over.set()

    at_once(work, 4)
    assert over.is_set()
    assert set(most) == {1}
    assert b"" not in taken
    assert len(taken) < len(most)  # who hands on leaves the key as it is
    assert client.get("signalbox:turn:lab") is None


def test_who_has_no_patience_any_more_takes_no_key_along(client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given one who gives up while another has the turn, when that one is done, then the key is free."""
    monkeypatch.setattr(turn, "PATIENCE_SECONDS", 0.05)
    turns, told = RedisTurns(client), threading.Event()

    def want(number: int) -> None:
        if number == 0:
            with turns.turn("lab"):
                told.wait(30)
        else:
            time.sleep(0.02)
            with pytest.raises(Unavailable), turns.turn("lab"):
                pass
            told.set()

    at_once(want, 2)
    assert client.get("signalbox:turn:lab") is None
    with turns.turn("lab"):
        assert client.get("signalbox:turn:lab")


def test_a_turn_of_somebody_who_died_runs_out(client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a turn that nobody gives back, when its time is over, then the next one has it; and gives back its own."""
    monkeypatch.setattr(turn, "HELD_SECONDS", 0.05)
    turns = RedisTurns(client)
    turns._take("signalbox:turn:lab", "died")
    with turns.turn("lab"):
        pass


def test_a_turn_of_before_the_clock_was_set_back_is_over(client: redis.Redis) -> None:
    """Given somebody who died in a turn, when Redis' clock goes back a day, then the next one has it; not before."""
    turns = RedisTurns(client)
    assert turns._take("signalbox:turn:lab", "died")
    assert not turns._take("signalbox:turn:lab", "next")
    client.pexpire("signalbox:turn:lab", 86_400_000)
    assert turns._take("signalbox:turn:lab", "next")
    assert 0 < client.pttl("signalbox:turn:lab") <= turn.HELD_SECONDS * 1000


def test_no_redis_is_said_in_one_sentence(own_server: RedisServer) -> None:
    """Given a Redis that has gone, when stops and turns are asked for, then Unavailable says so."""
    client = own_server.client()
    own_server.stop()
    with pytest.raises(Unavailable, match="Redis does not answer"):
        RedisStops(client).now()
    with pytest.raises(Unavailable, match="Redis does not answer"):
        RedisStops(client).change(lambda there: there)
    with pytest.raises(Unavailable, match="Redis does not answer"), RedisTurns(client).turn("lab"):
        pass
    client.close()
