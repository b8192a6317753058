"""What ledger tests are given: every ledger there is, a real PostgreSQL, and values to put in."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.ledger import Ledger, MemoryLedger
from bot.ledger.sql import SqlLedger
from bot.model.command import RunOptions
from bot.model.event import Result, RunEvent
from bot.model.people import Actor, Conversation, Origin
from bot.model.run import Plan, Run, Target
from bot.model.runbook import Expectation, Revision
from bot.model.safety import Concurrency, Overlap, Per

from .postgres import PostgresMissing, PostgresServer

ANNA = Actor(transport="terminal", name="anna")
BERT = Actor(transport="slack", name="U1")
HERE = Conversation(transport="slack", channel="C1", thread="1700.5")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server a session, with a database `migrated` to copy."""
    try:
        server = PostgresServer()
    except PostgresMissing as missing:
        pytest.fail(str(missing), pytrace=False)
    try:
        server.start()
        server.execute("CREATE DATABASE migrated")
        ledger = SqlLedger(server.url_of("migrated"))
        ledger.migrate()
        ledger.close()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of every kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/ledger.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.url()


@pytest.fixture
def sql(url: str) -> Iterator[SqlLedger]:
    """A migrated ledger in a real database, of every kind."""
    ledger = SqlLedger(url)
    ledger.migrate()
    yield ledger
    ledger.close()


@pytest.fixture(params=["twin", "sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """Every ledger there is, one after the other, migrated and empty."""
    made: Ledger
    if request.param == "twin":
        made = MemoryLedger()
    elif request.param == "sqlite":
        made = SqlLedger(f"sqlite:///{tmp_path}/ledger.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        made = SqlLedger(server.url(template="migrated"))
    made.migrate()
    yield made
    made.close()


def plan(*hosts: str, runbook: str = "ping", **more: Any) -> Plan:
    """A plan that uses every field."""
    target = Target(environment="local", limit="web", hosts=hosts or ("web1", "web2"), fingerprint="f" * 64)
    fields: dict[str, Any] = {
        "summary": "Ping",
        "playbook": "ping.yml",
        "module": None,
        "parameters": {"service": "nginx", "ports": [80, 443], "deep": {"a": None}},
        "secret_names": ("token",),
        "options": RunOptions(check=True, tags=("a", "b"), forks=3),
        "expect": (Expectation(pattern="^ok"),),
        "concurrency": Concurrency(mode=Overlap.REPLACE, per=Per.ENVIRONMENT),
        "timeout": 60,
        "revision": Revision(commit="3f2a1bc", dirty=True, content_hash="0" * 64),
    }
    return Plan(runbook=runbook, target=target, **{**fields, **more})


@pytest.fixture
def make(ledger: Ledger) -> Callable[..., Run]:
    """Makes a run in the ledger under test."""
    return lambda *hosts, **more: make_run(ledger, *hosts, **more)


def make_run(ledger: Ledger, *hosts: str, actor: Actor = ANNA, **more: Any) -> Run:
    """A run of `plan`."""
    return ledger.create(plan(*hosts), actor, HERE, Origin.CHAT, "run ping in local", **more)


def event(counter: int, run_id: int = 1, message: str = "pong") -> RunEvent:
    """An event that uses every field."""
    return RunEvent(
        run_id=run_id,
        counter=counter,
        kind="runner_item_on_failed",
        at=1_700_000_000.123456 + counter,
        play="All",
        task="Ping",
        host="web1",
        item="nginx",
        result=Result.FAILED,
        duration=0.1,
        message=message,
        diff="-a\n+b",
        warnings=("old", "slow"),
        cut=7,
        data={"stats": {"web1": {"ok": 1}}},
    )


def events(*counters: int, run_id: int = 1) -> list[RunEvent]:
    """Several events of one run."""
    return [event(counter, run_id) for counter in counters]
