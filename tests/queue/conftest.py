"""What queue tests are given: queues to hold to the contract, a real Redis, plans to put in, workers to take out."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from cryptography.fernet import Fernet

from bot.model.people import Actor, Conversation, Origin
from bot.model.request import Asked, Consent
from bot.model.run import Plan, Target
from bot.model.runbook import Revision
from bot.queue import Envelope, MemoryQueue, RedisQueue, RunQueue, SealedBox

from .redis_server import RedisServer
from .workers import WorkerProcess

KEY = Fernet.generate_key()


@pytest.fixture(scope="session")
def shared_server() -> Iterator[RedisServer]:
    """One server for all tests that leave it running."""
    server = RedisServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def server(shared_server: RedisServer) -> RedisServer:
    """A server without data."""
    with shared_server.client() as client:
        client.flushall()
    return shared_server


@pytest.fixture
def own_server() -> Iterator[RedisServer]:
    """A server that a test may stop."""
    server = RedisServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def client(server: RedisServer) -> Iterator[redis.Redis]:
    """A client of the server."""
    client = server.client()
    yield client
    client.close()


@pytest.fixture
def real(client: redis.Redis) -> RedisQueue:
    """The queue in Redis."""
    return RedisQueue(client, SealedBox(KEY))


@pytest.fixture(params=["redis", "twin"])
def queue(request: pytest.FixtureRequest) -> RunQueue:
    """Every queue there is, one after the other."""
    return MemoryQueue() if request.param == "twin" else request.getfixturevalue("real")


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[Callable[..., WorkerProcess]]:
    """Starts a worker on a server; whatever is left of it is ended with the test."""
    started: list[WorkerProcess] = []

    def start(server: RedisServer, name: str = "worker", **more: Any) -> WorkerProcess:
        started.append(WorkerProcess(server.socket, tmp_path / name, **more))
        return started[-1]

    yield start
    for worker in started:
        worker.end()


def envelope(run_id: int = 1, **secrets: Any) -> Envelope:
    """An envelope whose plan and secrets have words that can be looked for; each run is on hosts of its own."""
    hosts = (f"web-{run_id}-a", f"web-{run_id}-b")
    target = Target(environment="staging-east", limit="web*", hosts=hosts, fingerprint="f" * 64)
    plan = Plan(
        runbook="restart-service",
        summary="Restart a service",
        playbook="restart_service.yml",
        module=None,
        target=target,
        parameters={"service": "nginx-plain-parameter"},
        secret_names=tuple(secrets),
        timeout=60,
        revision=Revision(commit=None, dirty=False, content_hash="0" * 64),
    )
    asked = Asked(
        actor=Actor(transport="slack", name="U1"),
        conversation=Conversation(transport="slack", channel="C1", thread="1.2"),
        origin=Origin.CHAT,
        groups=("S1", "S2"),
        consent=Consent(confirmed=True, approvals=2),
    )
    return Envelope(run_id=run_id, plan=plan, secrets=secrets, asked=asked)


def until(met: Callable[[], Any], what: str, seconds: float = 60) -> None:
    """Wait for something that must come; the bound is for machines under load, not a claim about speed."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.01)
