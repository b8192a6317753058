"""A worker in a process of its own: it carries runs out, and whatever dies around it, nothing stays behind."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import redis
from rq.exceptions import StopRequested
from rq.utils import now

from bot.queue import RedisQueue, SealedBox
from bot.queue import worker as room
from bot.queue.worker import Patience, RunWorker

from .conftest import KEY, envelope, until
from .redis_server import RedisServer
from .workers import LONG, UNTOLD, WorkerProcess, gone

Start = Callable[..., WorkerProcess]


def test_a_worker_carries_a_run_id(server: RedisServer, real: RedisQueue, start_worker: Start) -> None:
    """Given two queued runs, when a worker comes, then it carries out both, each in a process of its own."""
    real.submit(envelope(1))
    real.submit(envelope(2))
    worker = start_worker(server)
    until(lambda: worker.carried(1) and worker.carried(2), "both runs")
    pids = {worker.carrier(1), worker.carrier(2), worker.process.pid}
    assert len(pids) == 3


def test_a_carried_run_leaves_nothing_in_redis(
    server: RedisServer, client: redis.Redis, real: RedisQueue, start_worker: Start
) -> None:
    """Given a run that was carried out, when RQ's keys are looked at, then no job and no registry knows it."""
    worker = start_worker(server)
    real.submit(envelope(1))
    until(lambda: worker.carried(1) and not real.waiting(1), "the run to be over")
    left = ("rq:job:1", "rq:queue:signalbox:intermediate")
    until(lambda: not client.exists(*left), "RQ's clean-up")
    assert not client.zcard("rq:wip:signalbox")
    assert not client.zcard("rq:failed:signalbox")


def test_a_worker_is_counted_while_it_listens(server: RedisServer, real: RedisQueue, start_worker: Start) -> None:
    """Given two workers, when one works and then both are told to stop, then they are counted until then."""
    workers = [start_worker(server, name) for name in ("one", "two")]
    until(lambda: real.workers() == 2, "both workers")
    real.submit(envelope(LONG))
    until(lambda: any(worker.carrier(LONG) for worker in workers), "the run to begin")
    assert real.workers() == 2
    for worker in workers:
        worker.release()
        worker.send(signal.SIGTERM)
    until(lambda: real.workers() == 0, "both to leave")


def test_a_worker_takes_runs_of_its_queues_only(
    server: RedisServer, real: RedisQueue, start_worker: Start, client: redis.Redis
) -> None:
    """Given runs in three queues, when a worker of two comes, then it carries out theirs, the first queue's first."""
    for run_id, queue in {1: "dc1", 2: "prod", 3: "default", 4: "prod"}.items():
        real.submit(replace(envelope(run_id), queue=queue))
    worker = start_worker(server, queues="prod,dc1")
    until(lambda: worker.carried(1), "the last one of the worker's queues")
    assert [worker.carried(run_id) for run_id in (1, 2, 3, 4)] == [True, True, False, True]
    begun = [(worker.folder / f"begun.{run_id}").stat().st_mtime_ns for run_id in (2, 4, 1)]
    assert begun == sorted(begun)
    assert [real.workers(queue) for queue in (None, "prod", "dc1", "default")] == [1, 1, 1, 0]
    assert client.lrange("rq:queue:signalbox", 0, -1) == [b"3"]


def test_no_run_outlives_its_worker(server: RedisServer, real: RedisQueue, start_worker: Start) -> None:
    """Given a run under way, when its worker is killed, then the process that carries it out ends too."""
    worker = start_worker(server)
    real.submit(envelope(LONG))
    until(lambda: worker.carrier(LONG), "the run to begin")
    worker.send(signal.SIGKILL)
    worker.process.wait(30)
    until(lambda: gone(worker.carrier(LONG) or 0), "the run's process to end")
    assert not worker.carried(LONG)


def test_a_worker_tells_when_a_run_was_killed(
    server: RedisServer, client: redis.Redis, real: RedisQueue, start_worker: Start
) -> None:
    """Given a run under way, when its process is killed, then the worker says which, leaves nothing, and goes on."""
    worker = start_worker(server)
    real.submit(envelope(LONG, password="hunter2"))
    until(lambda: worker.carrier(LONG), "the run to begin")
    _kill(worker.carrier(LONG))
    until(lambda: worker.died(LONG), "the worker to tell")
    assert real.envelope(LONG) is None
    real.submit(envelope(1))
    until(lambda: worker.carried(1), "the next run")
    assert not client.keys(f"rq:job:{LONG}*")
    assert not worker.carried(LONG)


def test_a_killed_run_leaves_redis_in_one_step(
    server: RedisServer, client: redis.Redis, real: RedisQueue, start_worker: Start
) -> None:
    """Given a run whose process is killed, when its worker cleans up, then job and registry go in one transaction.

    Else one that is killed in between leaves a job that nobody knows, and that nobody would ever remove.
    """
    worker = start_worker(server)
    real.submit(envelope(LONG))
    until(lambda: worker.carrier(LONG) is not None, "the run to begin")
    with client.monitor() as monitor:
        _kill(worker.carrier(LONG))
        step: list[str] = []
        for told in monitor.listen():
            step = [] if told["command"] == "MULTI" else [*step, told["command"]]
            if told["command"].startswith(f"DEL rq:job:{LONG} "):
                break
    assert any("rq:wip:signalbox" in command for command in step)
    assert "EXEC" not in step


def test_sigterm_lets_the_run_finish(
    server: RedisServer, client: redis.Redis, real: RedisQueue, start_worker: Start
) -> None:
    """Given a run under way and one that waits, when SIGTERM comes, then the first is finished, the second left.

    And nothing is prepared for a next one.
    """
    worker = start_worker(server)
    real.submit(envelope(LONG))
    real.submit(envelope(1))
    until(lambda: worker.carrier(LONG), "the run to begin")
    worker.send(signal.SIGTERM)
    (key,) = client.smembers("rq:workers")
    until(lambda: client.hexists(key, "shutdown_requested_date"), "the signal")
    assert worker.process.poll() is None
    tidied = worker.tidied()
    worker.release()
    assert worker.process.wait(30) == 0
    assert worker.carried(LONG)
    assert worker.tidied() == tidied
    assert not worker.carried(1)
    assert real.waiting(1)


def test_a_worker_that_waits_no_longer_ends_its_run(server: RedisServer, real: RedisQueue, start_worker: Start) -> None:
    """Given an endless run and a worker of little patience, when SIGTERM comes, then the run is canceled."""
    worker = start_worker(server, patience="0.2")
    real.submit(envelope(LONG))
    until(lambda: worker.carrier(LONG), "the run to begin")
    worker.send(signal.SIGTERM)
    assert worker.process.wait(30) == 0
    assert worker.carried(LONG)
    assert not worker.died(LONG)


def test_a_run_that_has_not_begun_is_handed_back(server: RedisServer, real: RedisQueue, start_worker: Start) -> None:
    """Given a worker of little patience that has a run, when SIGTERM comes before it begins, then another has it."""
    worker = start_worker(server, patience="0.2", gives_back=True)
    real.submit(envelope(UNTOLD))
    until(lambda: worker.carrier(UNTOLD), "the run to be taken")
    worker.send(signal.SIGTERM)
    assert worker.process.wait(30) == 0
    assert not worker.carried(UNTOLD)
    assert not real.cancel_asked(UNTOLD)
    assert real.waiting(UNTOLD)
    another = start_worker(server, "another")
    another.release()
    until(lambda: another.carried(UNTOLD), "the run")
    assert gone(worker.carrier(UNTOLD) or 0)


def test_a_worker_that_drops_its_run_ends_what_it_started_first(
    server: RedisServer, real: RedisQueue, start_worker: Start
) -> None:
    """Given a run under way, when a second SIGTERM comes, then who carries it out is held, the run ended, then he."""
    worker = start_worker(server)
    real.submit(envelope(LONG))
    until(lambda: worker.carrier(LONG), "the run to begin")
    worker.send(signal.SIGTERM)
    time.sleep(1.5)  # sooner it would count as the first one's echo
    worker.send(signal.SIGTERM)
    assert worker.process.wait(30) == 0
    assert (worker.folder / f"dropped.{LONG}").read_text() == "stopped"
    assert (worker.folder / f"died.{LONG}").exists()


def _here(client: redis.Redis, tidied: list[int]) -> RunWorker:
    """A worker in this process, which works on nothing."""
    idle = Patience(None, print, lambda _run_id: True)
    return RunWorker(client, carry=print, died=print, drop=print, stop=idle, tidy=lambda: tidied.append(1))


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(days=1)])
def test_a_worker_tidies_up_although_the_clock_was_set(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    """Given a worker that has tidied up, when the clock is set by a day, then it does so again when it is time."""
    tidied: list[int] = []
    worker = _here(client, tidied)
    assert worker.should_run_maintenance_tasks
    worker.run_maintenance_tasks()
    monkeypatch.setattr("rq.worker.base.now", lambda: now() + jump)
    assert (len(tidied), worker.should_run_maintenance_tasks) == (1, False)
    monkeypatch.setattr(room, "MAINTENANCE_SECONDS", 0)
    worker.run_maintenance_tasks()
    monkeypatch.setattr("rq.worker.base.now", lambda: now() + 2 * jump)
    assert (len(tidied), worker.should_run_maintenance_tasks) == (2, True)


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(days=1)])
def test_a_second_signal_counts_although_the_clock_was_set(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    """Given a worker told to stop, when the clock is set by a day, then an echo is none still, and a second one is."""
    worker, killed = _here(client, []), list[int]()
    monkeypatch.setattr(worker, "kill_horse", lambda: killed.append(1))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    worker._horse_pid = os.getpid()
    with pytest.raises(StopRequested):
        worker.request_stop(signal.SIGTERM, None)
    monkeypatch.setattr("rq.utils.now", lambda: now() + jump)
    monkeypatch.setattr("rq.worker.base.now", lambda: now() + jump)
    worker.request_force_stop(signal.SIGTERM, None)
    assert not killed
    monkeypatch.setattr(room, "ECHO_SECONDS", 0.0)
    worker.request_force_stop(signal.SIGTERM, None)
    assert killed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_worker_ends_at_once(
    server: RedisServer, real: RedisQueue, start_worker: Start, number: signal.Signals
) -> None:
    """Given a worker that listens, when it is told to stop, then it ends well and is counted no more."""
    worker = start_worker(server)
    until(lambda: real.workers() == 1, "the worker")
    worker.send(number)
    assert worker.process.wait(30) == 0
    assert real.workers() == 0


def test_a_worker_waits_for_redis(own_server: RedisServer, start_worker: Start) -> None:
    """Given no Redis yet, when a worker is started and Redis comes later, then the worker carries out runs."""
    own_server.stop()
    worker = start_worker(own_server)
    until(lambda: "Redis does not answer" in worker.log(), "the worker to find nobody")
    own_server.start()
    with own_server.client() as client:
        RedisQueue(client, SealedBox(KEY)).submit(envelope(1))
        until(lambda: worker.carried(1), "the run")


def test_a_worker_without_redis_can_be_stopped(own_server: RedisServer, start_worker: Start) -> None:
    """Given a worker that waits for Redis, when it is told to stop, then it ends well."""
    own_server.stop()
    worker = start_worker(own_server)
    until(lambda: "Redis does not answer" in worker.log(), "the worker to find nobody")
    worker.send(signal.SIGTERM)
    assert worker.process.wait(30) == 0


def test_an_idle_worker_outlives_a_restart_of_redis(own_server: RedisServer, start_worker: Start) -> None:
    """Given a worker that listens, when Redis crashes and comes back, then it carries out the next run."""
    worker = start_worker(own_server)
    with own_server.client() as client:
        queue = RedisQueue(client, SealedBox(KEY))
        until(lambda: queue.workers() == 1, "the worker")
        own_server.stop()
        own_server.start()
        queue.submit(envelope(1))
        until(lambda: worker.carried(1), "the run")
    assert worker.process.poll() is None


def test_a_run_outlives_a_restart_of_redis(own_server: RedisServer, start_worker: Start) -> None:
    """Given a run under way, when Redis is away over several heartbeats, then run and worker go on."""
    worker = start_worker(own_server)
    with own_server.client() as client:
        queue = RedisQueue(client, SealedBox(KEY))
        queue.submit(envelope(LONG))
        until(lambda: worker.carrier(LONG), "the run to begin")
        own_server.stop()
        until(lambda: worker.log().count("waiting for the run") >= 2, "two heartbeats without Redis")
        own_server.start()
        worker.release()
        until(lambda: worker.carried(LONG), "the run")
        queue.submit(envelope(1))
        until(lambda: worker.carried(1), "the next run")
    assert not worker.died(1)


def test_a_run_that_ends_without_redis_is_finished(own_server: RedisServer, start_worker: Start) -> None:
    """Given a run that ends while Redis is away, when Redis comes back, then the worker takes the next run."""
    worker = start_worker(own_server)
    with own_server.client() as client:
        queue = RedisQueue(client, SealedBox(KEY))
        queue.submit(envelope(LONG))
        until(lambda: worker.carrier(LONG), "the run to begin")
        own_server.stop()
        worker.release()
        until(lambda: worker.carried(LONG), "the run")
        until(lambda: gone(worker.carrier(LONG) or 0), "its process to end")
        own_server.start()
        queue.submit(envelope(1))
        until(lambda: worker.carried(1), "the next run")


def test_a_run_killed_without_redis_is_told_later(own_server: RedisServer, start_worker: Start) -> None:
    """Given a run killed while Redis is away, when Redis comes back, then the worker tells it and takes the next."""
    worker = start_worker(own_server)
    with own_server.client() as client:
        queue = RedisQueue(client, SealedBox(KEY))
        queue.submit(envelope(LONG, password="hunter2"))
        until(lambda: worker.carrier(LONG), "the run to begin")
        own_server.stop()
        _kill(worker.carrier(LONG))
        until(lambda: "was killed" in worker.log(), "the worker to notice")
        own_server.start()
        until(lambda: worker.died(LONG), "the worker to tell")
        assert queue.envelope(LONG) is None
        queue.submit(envelope(1))
        until(lambda: worker.carried(1), "the next run")


def test_sigterm_without_redis_lets_the_run_finish(own_server: RedisServer, start_worker: Start) -> None:
    """Given a run under way and no Redis, when SIGTERM comes, then the run is finished first all the same."""
    worker = start_worker(own_server)
    with own_server.client() as client:
        RedisQueue(client, SealedBox(KEY)).submit(envelope(LONG))
        until(lambda: worker.carrier(LONG), "the run to begin")
    own_server.stop()
    worker.send(signal.SIGTERM)
    until(lambda: "stopping" in worker.log(), "the signal")
    assert worker.process.poll() is None
    worker.release()
    assert worker.process.wait(30) == 0
    assert worker.carried(LONG)


def test_a_worker_outlives_a_redis_that_refuses(own_server: RedisServer, start_worker: Start) -> None:
    """Given a Redis that turns read-only, as in a failover, when it takes writes again, then the worker is there."""
    worker = start_worker(own_server)
    with own_server.client() as client:
        queue = RedisQueue(client, SealedBox(KEY))
        until(lambda: queue.workers() == 1, "the worker")
        client.replicaof("127.0.0.1", "1")
        until(lambda: "ReadOnlyError" in worker.log(), "the worker to be refused")
        client.replicaof("NO", "ONE")
        queue.submit(envelope(1))
        until(lambda: worker.carried(1), "the run")
    assert worker.process.poll() is None


def test_a_run_that_is_queued_again_by_who_is_told_stays_queued(
    server: RedisServer, real: RedisQueue, start_worker: Start
) -> None:
    """Given a run killed under way, when who is told gives it back, then the worker takes it again, once."""
    worker = start_worker(server, gives_back=True)
    real.submit(envelope(LONG))
    until(lambda: worker.carrier(LONG), "the run to begin")
    first = worker.carrier(LONG)
    _kill(first)
    until(lambda: worker.carrier(LONG) != first, "the run to begin again")
    worker.release()
    until(lambda: worker.carried(LONG), "the run")
    until(lambda: not real.waiting(LONG), "its end")
    assert real.depth() == 0


def _kill(pid: int | None) -> None:
    assert pid
    os.kill(pid, signal.SIGKILL)
