"""What only the queue in real Redis goes through: secrets at rest, foreign keys, absence, crashes, lost jobs."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from cryptography.fernet import Fernet
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.errors import Misconfigured, Unavailable
from bot.queue import RedisQueue, SealedBox, marks

from .conftest import KEY, envelope, until
from .redis_server import RedisServer

SECRET = "correct-horse-battery-staple-7391"


def test_redis_never_holds_a_secret_or_a_plan(server: RedisServer, client: redis.Redis, real: RedisQueue) -> None:
    """Given a submitted run, when all keys and the append-only file are searched, then neither is there."""
    real.submit(envelope(4711, password=SECRET, nested={"deep": [SECRET]}))
    held = b"\n".join(_held(client)) + server.written()
    assert b"4711" in held
    for word in (SECRET, "password", "restart-service", "web-4711", "nginx-plain-parameter", "staging-east"):
        assert word.encode() not in held


def test_what_is_forgotten_is_gone(client: redis.Redis, real: RedisQueue) -> None:
    """Given a run that has ended, when it is forgotten, then no key holds the sealed bytes, and the marks will fade."""
    real.submit(envelope(1, password=SECRET))
    sealed = client.get("signalbox:run:1:envelope")
    assert isinstance(sealed, bytes)
    real.claim(1)
    real.ask_cancel(1)
    real.forget(1)
    assert sealed not in b"\n".join(_held(client))
    assert all(0 < client.ttl(key) <= 86400 for key in client.keys("signalbox:*"))


def test_a_cancel_of_what_is_over_fades(client: redis.Redis, real: RedisQueue) -> None:
    """Given a run that waits and one that is over, when both are to be canceled, then only the first's flag stays."""
    real.submit(envelope(1))
    for run_id in (1, 2):
        real.ask_cancel(run_id)
    assert client.ttl("signalbox:run:1:cancel") == -1
    assert client.ttl("signalbox:run:2:cancel") > 0


def test_another_key_opens_nothing(client: redis.Redis, real: RedisQueue) -> None:
    """Given a run sealed under our key, when another installation opens it, then Misconfigured names the setting."""
    real.submit(envelope(1, password=SECRET))
    with pytest.raises(Misconfigured, match="SIGNALBOX_KEY") as caught:
        RedisQueue(client, SealedBox(Fernet.generate_key())).envelope(1)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda sealed: sealed[:-1],
        lambda sealed: sealed[:50] + bytes([sealed[50] ^ 1]) + sealed[51:],
        lambda _: b"",
        lambda _: json.dumps({"run_id": 1, "plan": {}, "secrets": {}}).encode(),
    ],
    ids=["cut", "a bit turned", "emptied", "in clear"],
)
def test_a_tampered_envelope_is_refused(client: redis.Redis, real: RedisQueue, tamper: Any) -> None:
    """Given somebody who changes the sealed bytes in Redis, when the envelope is opened, then it is refused."""
    real.submit(envelope(1, password=SECRET))
    sealed = client.get("signalbox:run:1:envelope")
    client.set("signalbox:run:1:envelope", tamper(sealed))
    with pytest.raises(Misconfigured, match="another installation's key"):
        real.envelope(1)


def test_an_unusable_key_is_named_and_not_shown() -> None:
    """Given a setting that is no key, when a box is made of it, then Misconfigured says what a key is."""
    with pytest.raises(Misconfigured, match="SIGNALBOX_KEY") as caught:
        SealedBox("not-a-key-but-perhaps-a-password")
    assert "perhaps" not in str(caught.value)


def test_of_many_processes_that_claim_one_wins(server: RedisServer, client: redis.Redis) -> None:
    """Given eight worker processes, when they claim the same hundred runs at once, then each run has exactly one."""
    script = """
import sys
from redis import Redis
from bot.queue import RedisQueue, SealedBox
client = Redis(unix_socket_path=sys.argv[1])
queue = RedisQueue(client, SealedBox(b"0" * 43 + b"="))
client.incr("ready")
client.blpop("go", 60)
print(*[run_id for run_id in range(1, 101) if queue.claim(run_id)])
"""
    command = [sys.executable, "-c", script, str(server.socket)]
    root = Path(__file__).parents[2]
    processes = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    until(lambda: client.get("ready") == b"8", "eight processes")
    client.rpush("go", *"12345678")
    won = [number for process in processes for number in process.communicate(timeout=60)[0].split()]
    assert sorted(map(int, won)) == list(range(1, 101))


def test_threads_of_one_process_do_not_take_each_others_mark_for_their_own(
    client: redis.Redis, real: RedisQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given two threads that share a queue, when both claim the same at once, then each run has one of them."""
    won: list[int] = []
    together, save = threading.Barrier(2), client.set

    def set_together(*given: Any, **how: Any) -> Any:
        together.wait(30)
        return save(*given, **how)

    monkeypatch.setattr(client, "set", set_together)

    def claim() -> None:
        won.extend(run_id for run_id in range(1, 21) if real.claim(run_id))

    threads = [threading.Thread(target=claim) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(won) == [*range(1, 21)]


def test_a_sign_of_life_is_renewed(client: redis.Redis, real: RedisQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a run that goes on, when its sign of life has gone out, then the next beat shows it again."""
    monkeypatch.setattr(marks, "BEAT_SECONDS", 0.02)
    with real.living(1):
        client.delete("signalbox:run:1:alive")
        until(lambda: real.alive(1), "the next beat")


def test_a_sign_of_life_fades_without_beats(real: RedisQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a worker that hangs, when it beats no more, then the run is not alive, although nobody closed anything."""
    monkeypatch.setattr(marks, "ALIVE_SECONDS", 0.2)
    monkeypatch.setattr(marks, "BEAT_SECONDS", 3600)
    with real.living(1):
        until(lambda: not real.alive(1), "the sign of life to fade")


def test_a_sign_of_life_of_before_the_clock_was_set_back_is_none(
    client: redis.Redis, real: RedisQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a worker that died, when Redis' clock goes back a day, so that its sign has a day left, then it is dead."""
    monkeypatch.setattr(marks, "BEAT_SECONDS", 3600)
    with real.living(1):
        assert real.alive(1)
        client.pexpire("signalbox:run:1:alive", 86_400_000)
        assert not real.alive(1)


def test_a_sign_of_life_always_has_an_end(client: redis.Redis, real: RedisQueue) -> None:
    """Given a living run, when its key is looked at, then it lasts no longer than five seconds without a beat."""
    with real.living(1):
        assert 0 < client.pttl("signalbox:run:1:alive") <= 5000


def test_a_worker_outlives_redis_while_it_works(own_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a living run, when Redis ends, comes back and the run ends, then beats go on and nothing is raised."""
    monkeypatch.setattr(marks, "BEAT_SECONDS", 0.02)
    client = own_server.client()
    queue = RedisQueue(client, SealedBox(KEY))
    with queue.living(1):
        own_server.stop()
        own_server.start()
        client.delete("signalbox:run:1:alive")
        until(lambda: queue.alive(1), "a beat after Redis came back")
        own_server.stop()
    client.close()


def test_no_redis_is_said_in_one_sentence(own_server: RedisServer) -> None:
    """Given a Redis that has gone, when any method is called, then Unavailable says so and not where it was."""
    client = own_server.client()
    queue = RedisQueue(client, SealedBox(KEY))
    queue.submit(envelope(1))
    own_server.stop()
    calls = [
        lambda: queue.submit(envelope(2)),
        lambda: queue.resubmit(1, envelope(1).plan),
        lambda: queue.envelope(1),
        lambda: queue.claim(1),
        lambda: queue.claimed(1),
        lambda: queue.waiting(1),
        queue.depth,
        lambda: queue.withdraw(1),
        lambda: queue.ask_cancel(1),
        lambda: queue.cancel_asked(1),
        lambda: queue.alive(1),
        lambda: queue.forget(1),
        queue.workers,
    ]
    for call in calls:
        with pytest.raises(Unavailable, match=r"^Redis does not answer\. .*doctor") as caught:
            call()
        assert "redis.sock" not in str(caught.value)
    client.close()


def test_a_full_redis_is_said_in_one_sentence(client: redis.Redis, real: RedisQueue) -> None:
    """Given Redis out of memory, when a run is submitted, then Unavailable says so, and afterwards it can be queued."""
    client.config_set("maxmemory", "1")
    try:
        with pytest.raises(Unavailable, match="OutOfMemory"):
            real.submit(envelope(1))
    finally:
        client.config_set("maxmemory", "0")
    assert real.submit(envelope(1))


def test_runs_wait_through_a_crash_of_redis(own_server: RedisServer) -> None:
    """Given a waiting, a claimed and a canceled run, when Redis crashes and comes back, then all is as it was."""
    client = own_server.client()
    queue = RedisQueue(client, SealedBox(KEY))
    for run_id in (1, 2):
        queue.submit(envelope(run_id, password=SECRET))
    queue.claim(2)
    queue.ask_cancel(2)
    own_server.stop()
    own_server.start()
    assert queue.waiting(1)
    assert queue.envelope(1) == envelope(1, password=SECRET)
    assert not queue.submit(envelope(1, password=SECRET))
    assert queue.claimed(2)
    assert queue.cancel_asked(2)
    client.close()


def test_a_run_whose_job_vanished_is_queued_again(client: redis.Redis, real: RedisQueue) -> None:
    """Given a run whose job Redis lost, when it is queued again, then it waits with the envelope it had."""
    real.submit(envelope(1, password=SECRET))
    client.delete("rq:job:1", "rq:queue:signalbox")
    assert not real.waiting(1)
    assert real.resubmit(1, envelope(1).plan)
    assert real.waiting(1)
    assert real.depth() == 1
    assert real.envelope(1) == envelope(1, password=SECRET)


def test_a_run_whose_job_failed_before_it_began_is_queued_again(client: redis.Redis, real: RedisQueue) -> None:
    """Given a job that RQ gave up because its worker died on taking it, when it is queued again, then it waits."""
    real.submit(envelope(1))
    client.delete("rq:queue:signalbox")
    client.hset("rq:job:1", "status", "failed")
    assert not real.waiting(1)
    assert real.resubmit(1, envelope(1).plan)
    assert real.waiting(1)
    assert real.depth() == 1


def test_a_claim_whose_answer_got_lost_is_ours(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a link that breaks after Redis took the claim, when the client asks again, then the run is ours, once."""
    connection = redis.connection.UnixDomainSocketConnection
    read, lost = connection.read_response, []

    def lossy(self: Any, *arguments: Any, **options: Any) -> Any:
        answer = read(self, *arguments, **options)
        if answer == b"OK" and not lost and armed:
            lost.append(answer)
            raise redis.exceptions.ConnectionError("the link broke")
        return answer

    armed = False
    with redis.Redis(unix_socket_path=str(server.socket), retry=Retry(NoBackoff(), 1)) as client:
        queue = RedisQueue(client, SealedBox(KEY))
        client.ping()
        monkeypatch.setattr(connection, "read_response", lossy)
        armed = True
        assert queue.claim(1)
        assert lost
        assert not queue.claim(1)


def test_only_workers_seen_lately_count(client: redis.Redis, real: RedisQueue) -> None:
    """Given one worker seen now, one seen yesterday and one of which only the name is left, then one is counted."""
    beat = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    for name, seen in {"now": beat, "yesterday": "2020-01-01T00:00:00.000000Z"}.items():
        client.hset(f"rq:worker:{name}", "last_heartbeat", seen)
    for known in ("rq:workers", "rq:workers:signalbox"):
        client.sadd(known, "rq:worker:now", "rq:worker:yesterday", "rq:worker:gone")
    assert (real.workers(), real.workers("default"), real.workers("dc1")) == (1, 1, 0)


def test_counting_workers_leaves_the_connections_as_they_are(client: redis.Redis, real: RedisQueue) -> None:
    """Given a client with its own patience, when workers are counted, then that patience is not changed."""
    before = dict(client.connection_pool.connection_kwargs)
    client.sadd("rq:workers", "rq:worker:some")
    real.workers()
    assert client.connection_pool.connection_kwargs == before


def _held(client: redis.Redis) -> list[bytes]:
    """Every key, field and member that Redis holds."""
    read = {
        b"string": lambda key: [client.get(key)],
        b"hash": lambda key: [part for pair in client.hgetall(key).items() for part in pair],
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": lambda key: list(client.smembers(key)),
        b"zset": lambda key: client.zrange(key, 0, -1),
    }
    return [part for key in client.scan_iter() for part in [key, *read[client.type(key)](key)]]


def test_a_job_in_the_hands_of_a_worker_that_died_makes_way(client: redis.Redis, real: RedisQueue) -> None:
    """Given a job that a worker took and did not claim, when it is queued again, then it is in the list alone."""
    real.submit(envelope(1))
    client.lmove("rq:queue:signalbox", "rq:queue:signalbox:intermediate")
    assert not real.waiting(1)
    assert real.resubmit(1, envelope(1).plan)
    assert client.lrange("rq:queue:signalbox", 0, -1) == [b"1"]
    assert not client.exists("rq:queue:signalbox:intermediate")


def test_a_claim_that_was_given_back_is_known_to_its_worker(client: redis.Redis, real: RedisQueue) -> None:
    """Given a run that was given back and claimed by another one, when both look, then the second one has it."""
    other = RedisQueue(client, SealedBox(KEY))
    real.submit(envelope(1))
    assert real.claim(1)
    assert real.has(1)
    assert real.give_back(1, envelope(1).plan)
    assert not real.has(1)
    assert other.claim(1)
    assert (real.has(1), other.has(1)) == (False, True)
