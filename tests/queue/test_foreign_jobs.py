"""Whoever can write to Redis can put jobs there: no name in one is imported, nothing in one is run or called."""

import json
import pickle
import socket
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from bot.queue import RedisQueue
from bot.queue.job import RunJob

from .conftest import envelope, until
from .redis_server import RedisServer
from .workers import WorkerProcess

NAME = RunJob.NAME
MODULE = "planted"
"""A module on the worker's path that leaves a mark when it is imported, and another when its function is called."""


class _Trap:
    """What a pickle runs when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.mark,))


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """The file that would tell that something was imported or run."""
    return tmp_path / "mark"


@pytest.fixture
def worker(
    server: RedisServer, start_worker: Callable[..., WorkerProcess], tmp_path: Path, mark: Path
) -> WorkerProcess:
    """A worker that could import the planted module."""
    planted = tmp_path / "path"
    planted.mkdir()
    code = f"import pathlib\nmark = pathlib.Path({str(mark)!r})\nmark.touch()\ndef run(*_, **__): mark.touch()\n"
    (planted / f"{MODULE}.py").write_text(code)
    return start_worker(server, python_path=planted)


DATA = {
    "a shell command": lambda mark: _json("os.system", [f"touch {mark}"]),
    "a function of a planted module": lambda _: _json(f"{MODULE}.run", []),
    "a method of an instance": lambda _: json.dumps([NAME, f"{MODULE}.Thing", [7], {}]).encode(),
    "a pickle of a call": lambda mark: pickle.dumps(("os.system", None, (f"touch {mark}",), {})),
    "a pickle that runs when read": lambda mark: pickle.dumps(_Trap(mark)),
    "no JSON": lambda _: b"\xff\xfe{",
    "nested too deeply": lambda _: b"[" * 100_000,
    "JSON that is no call": lambda _: b"7",
    "a run id as text": lambda _: _json(NAME, ["7"]),
    "two run ids": lambda _: _json(NAME, [7, 7]),
    "no run id": lambda _: _json(NAME, []),
    "a run id that is true": lambda _: _json(NAME, [True]),
    "a run id with a fraction": lambda _: _json(NAME, [7.0]),
    "named arguments": lambda _: json.dumps([NAME, None, [7], {"run_id": 7}]).encode(),
    "another run's id": lambda _: _json(NAME, [8]),
}


@pytest.mark.parametrize("data", DATA.values(), ids=DATA.keys())
def test_a_foreign_job_runs_nothing(
    client: redis.Redis, real: RedisQueue, worker: WorkerProcess, mark: Path, data: Callable[[Path], bytes]
) -> None:
    """Given a job that is none of ours, when the worker takes it, then nothing happens, and the next run is carried."""
    _put(client, data(mark), job="7")
    _carry_one_more(real, worker)
    assert not mark.exists()
    assert worker.carrier(7) is None
    assert worker.carrier(8) is None
    assert worker.carrier(1) is not None


@pytest.mark.parametrize("data", [[7], ["seven"]], ids=["that succeeds", "that fails"])
def test_callbacks_named_in_a_job_are_not_called(
    client: redis.Redis, real: RedisQueue, worker: WorkerProcess, mark: Path, data: list[Any]
) -> None:
    """Given a job that names callbacks, when it has been carried out or refused, then none was imported or called."""
    names = {f"{kind}_callback_name": f"{MODULE}.run" for kind in ("success", "failure", "stopped")}
    _put(client, _json(NAME, data), job="7", **names)
    _carry_one_more(real, worker)
    assert not mark.exists()
    assert worker.carried(7) == (data == [7])


@pytest.mark.parametrize("data", [[7], ["seven"]], ids=["that succeeds", "that fails"])
def test_addresses_named_in_a_job_are_not_called(
    client: redis.Redis, real: RedisQueue, worker: WorkerProcess, data: list[Any]
) -> None:
    """Given a job that names web addresses, when it has been carried out or refused, then nobody connected to them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        hooks = [
            {"url": url, "job_status": status, "method": "GET", "headers": None, "timeout": 1}
            for status in ("finished", "failed")
        ]
        _put(client, _json(NAME, data), job="7", webhooks=json.dumps(hooks))
        _carry_one_more(real, worker)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_job_that_asks_to_be_repeated_is_not(client: redis.Redis, real: RedisQueue, worker: WorkerProcess) -> None:
    """Given a job that asks for retries and repetitions, when it was refused, then it is in no queue again."""
    more = {"retries_left": "3", "number_of_retries": "0", "repeats_left": "3", "repeat_intervals": "[0]"}
    _put(client, _json("os.system", []), job="7", **more)
    _carry_one_more(real, worker)
    assert client.hget("rq:job:7", "status") == b"failed"
    assert real.depth() == 0
    assert not client.exists("rq:scheduled:signalbox")


BROKEN = {
    "a date that is none": {"created_at": "yesterday"},
    "a status that is none": {"status": "\udcff!".encode("utf-8", "surrogateescape")},
    "a timeout that is none": {"timeout": "soon"},
    "dependencies that are none": {"dependency_ids": "{"},
    "a number that is none": {"result_ttl": "many"},
    "bytes that are no text": {"origin": b"\xff\xfe"},
}


@pytest.mark.parametrize("fields", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_job_does_not_stop_a_worker(
    client: redis.Redis, real: RedisQueue, worker: WorkerProcess, fields: dict[str, Any]
) -> None:
    """Given a job with a broken field, when the worker takes it, then it is passed over, and the next run carried."""
    _put(client, _json(NAME, [7]), job="7", **fields)
    _carry_one_more(real, worker)
    assert worker.carrier(7) is None
    assert "unhandled exception" not in worker.log()


def test_names_that_are_no_text_do_not_stop_a_worker(
    client: redis.Redis, real: RedisQueue, worker: WorkerProcess
) -> None:
    """Given a job id of bytes that are no text, when the worker takes it, then it carries out the next run."""
    client.rpush("rq:queue:signalbox", b"\xff\xfe")
    _carry_one_more(real, worker)


def test_a_key_of_another_kind_does_not_stop_a_worker(
    client: redis.Redis, real: RedisQueue, worker: WorkerProcess
) -> None:
    """Given a job whose key holds a list, when the worker takes it, then it carries out the next run."""
    client.rpush("rq:job:7", "x")
    client.rpush("rq:queue:signalbox", "7")
    _carry_one_more(real, worker)


def test_orders_sent_through_redis_are_not_heard(client: redis.Redis, real: RedisQueue, worker: WorkerProcess) -> None:
    """Given orders to end workers and jobs sent through Redis, when they arrive, then nobody listens to them."""
    until(lambda: real.workers() == 1, "the worker")
    (key,) = client.smembers("rq:workers")
    name = key.decode().removeprefix("rq:worker:")
    for order in ("shutdown", "kill-horse", "stop-job"):
        heard = client.publish(f"rq:pubsub:{name}", json.dumps({"command": order, "job_id": "1"}))
        assert heard == 0
    _carry_one_more(real, worker)


def _json(name: str, arguments: list[Any]) -> bytes:
    return json.dumps([name, None, arguments, {}]).encode()


def _put(client: redis.Redis, data: bytes, *, job: str, **fields: Any) -> None:
    """Put a job there as RQ would."""
    known = {"created_at": "2026-01-01T00:00:00.000000Z", "status": "queued", "origin": "signalbox", "timeout": "60"}
    client.hset(f"rq:job:{job}", mapping={**known, "data": zlib.compress(data), **fields})
    client.rpush("rq:queue:signalbox", job)


def _carry_one_more(real: RedisQueue, worker: WorkerProcess) -> None:
    """Have a proper run carried out: the worker has then dealt with everything before it."""
    real.submit(envelope(1))
    until(lambda: worker.carried(1), "a proper run after it")
