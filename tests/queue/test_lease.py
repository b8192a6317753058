"""Leases: one owner at a time, and another as soon as the first gives back or no longer renews."""

import threading

import redis

from bot.queue import Leases

from .conftest import until


def test_one_owner_at_a_time(client: redis.Redis) -> None:
    """Given a lease that one relay holds, when another asks for it, then it is refused, and the first keeps it."""
    first, second = Leases(client), Leases(client)
    assert first.take("run:1")
    assert not second.take("run:1")
    assert first.take("run:1")
    assert second.take("run:2")


def test_many_are_taken_at_once(client: redis.Redis) -> None:
    """Given some leases of another's, when many are asked for at once, then all others are ours."""
    first, second = Leases(client), Leases(client)
    first.take_all(["run:2", "run:4"])
    names = [f"run:{number}" for number in range(2_500)]
    assert second.take_all(names) == {*names} - {"run:2", "run:4"}
    client.pexpire("signalbox:lease:run:1", 100)
    assert second.take_all(["run:1", "run:2"]) == {"run:1"}
    assert client.pttl("signalbox:lease:run:1") > 1000
    assert second.take_all([]) == set()


def test_a_lease_given_back_is_free(client: redis.Redis) -> None:
    """Given a lease given back, when another relay asks, then it gets it and the first one no longer does."""
    first, second = Leases(client), Leases(client)
    first.take("run:1")
    first.release("run:1")
    assert not first.held("run:1")
    assert second.take("run:1")
    assert not first.take("run:1")


def test_nobody_gives_back_what_another_holds(client: redis.Redis) -> None:
    """Given a lease that one relay holds, when another releases it, then the first still holds it."""
    first, second = Leases(client), Leases(client)
    first.take("run:1")
    second.release("run:1")
    assert first.held("run:1")
    assert not second.take("run:1")


def test_a_lease_that_is_not_renewed_moves_on(client: redis.Redis) -> None:
    """Given a relay that hangs, when its lease runs out, then another gets it, and the first can't renew it."""
    first, second = Leases(client, seconds=60), Leases(client, seconds=60)
    first.take("run:1")
    client.pexpire("signalbox:lease:run:1", 200)
    until(lambda: second.take("run:1"), "the lease to run out")
    assert not first.take("run:1")
    first.release("run:1")
    assert second.held("run:1")


def test_a_lease_of_before_the_clock_was_set_back_is_free(client: redis.Redis) -> None:
    """Given a holder that died, when Redis' clock goes back a day, so that its key has a day left, then it is free."""
    first, second = Leases(client), Leases(client)
    first.take_all(["run:1", "run:2"])
    client.pexpire("signalbox:lease:run:1", 86_400_000)
    assert not second.held("run:1")
    assert second.take_all(["run:1", "run:2"]) == {"run:1"}
    assert second.held("run:1")
    assert client.pttl("signalbox:lease:run:1") <= 6000
    assert not first.take("run:1")


def test_taking_again_renews(client: redis.Redis) -> None:
    """Given a lease about to run out, when its owner takes it again, then it lasts its whole time from then."""
    owner = Leases(client, seconds=60)
    owner.take("run:1")
    client.pexpire("signalbox:lease:run:1", 5000)
    assert owner.take("run:1")
    assert client.pttl("signalbox:lease:run:1") > 5000


def test_a_lease_always_ends(client: redis.Redis) -> None:
    """Given a lease taken and one renewed, when their keys are looked at, then both have an end."""
    owner = Leases(client, seconds=6)
    for _ in range(2):
        owner.take("run:1")
        assert 0 < client.pttl("signalbox:lease:run:1") <= 6000


def test_of_many_who_ask_at_once_one_gets_it(client: redis.Redis) -> None:
    """Given eight relays, when they ask for the same fifty leases at once, then each lease has exactly one owner."""
    together = threading.Barrier(8)
    got: list[int] = []

    def relay() -> None:
        leases = Leases(client)
        together.wait(30)
        got.extend(number for number in range(50) if leases.take(f"run:{number}"))

    threads = [threading.Thread(target=relay) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(got) == list(range(50))


def test_a_restart_of_redis_forgets_the_scripts_and_not_the_lease(client: redis.Redis) -> None:
    """Given scripts that Redis has forgotten, when a lease is renewed and released, then both still work."""
    owner = Leases(client)
    owner.take("run:1")
    client.script_flush()
    assert owner.take("run:1")
    client.script_flush()
    owner.release("run:1")
    assert not owner.held("run:1")
