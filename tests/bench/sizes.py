"""What a run costs in places that fill up: bytes in Redis and SQL, memory of processes; figures to plan with.

Redis and SQL are a fresh one each, with the queue, the stream and the ledger on them; the events are those of one real
run, so they are as large as real ones.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from redis import Redis

from bot.ledger.sql import SqlLedger
from bot.model.event import RunEvent
from bot.model.people import Actor, Conversation, Origin
from bot.model.run import HostOutcome, Run
from bot.queue import Envelope, RedisQueue, SealedBox
from bot.stream import RedisStream
from tests.bench import project
from tests.bench.memory import of
from tests.bench.sides import Sides
from tests.bench.stack import WORKERS, stack
from tests.ledger.postgres import PostgresServer
from tests.queue.conftest import KEY
from tests.queue.redis_server import RedisServer

HOSTS, TASKS = 50, 20
RUNS, FEWER = 2_000, 200
MANY_HOSTS = 1_000
ASKED = {
    "actor": Actor(transport="slack", name="U0123456789"),
    "conversation": Conversation(transport="slack", channel="C0123456789", thread="1700000000.000100"),
    "origin": Origin.CHAT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Bytes, each of one: `waiting` a run that waits, by its hosts; `stored` a run, an event, a host in each database.

    `memory` is PSS: a worker's, of what workers of a home share, of a relay.
    """

    events: int
    waiting: tuple[tuple[int, float], ...]
    event: float
    over: float
    stored: tuple[tuple[str, float, float, float], ...]
    memory: tuple[tuple[str, float], ...]


def measure() -> Sizes:
    """About a minute."""
    with tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder:
        run, events, memory = _real(Path(folder))
        databases = [("SQLite", *_sqlite(Path(folder), run, events)), ("PostgreSQL", *_postgresql(run, events))]
        waiting, event, over = _redis(run, events)
    return Sizes(
        events=len(events), waiting=waiting, event=event, over=over, stored=tuple(databases), memory=tuple(memory)
    )


def lines(found: Sizes) -> Iterator[str]:
    """A table."""
    yield f"# What one costs; events of a real run of {TASKS} tasks on {HOSTS} hosts, {found.events} of them"
    yield "|  | bytes |"
    yield "| --- | ---: |"
    for hosts, size in found.waiting:
        yield f"| Redis: a run that waits, on {hosts} hosts | {size:,.0f} |"
    yield f"| Redis: an event in its stream | {found.event:,.0f} |"
    yield f"| Redis: a run that is over, for a day, without its stream | {found.over:,.0f} |"
    for name, run, event, host in found.stored:
        yield f"| {name}: a run on one host, with its audit | {run:,.0f} |"
        yield f"| {name}: an event | {event:,.0f} |"
        yield f"| {name}: each further host of a run | {host:,.0f} |"
    for name, size in found.memory:
        yield f"| memory (PSS): {name} | {size / 2**20:,.0f} MiB |"


def _real(folder: Path) -> tuple[Run, list[RunEvent], list[tuple[str, float]]]:
    """One real run, and the memory of those who carried it out, at rest."""
    made = project.make(folder / "project", hosts=HOSTS, tasks=TASKS, modules=3)
    sides = Sides(project=made, home=folder / "home")
    with stack(sides) as running:
        sides.road("many")
        groups = running.processes()
        each = [("a worker", of(groups["worker"]).pss / WORKERS), ("a relay", of(groups["relay"]).pss)]
        each.append(("Ansible, loaded, once for the workers of a home", of(groups.get("engine", [])).pss))
        ledger = running.app.ledger
        return ledger.get(1), list(_all(ledger)), each


def _all(ledger: SqlLedger) -> Iterator[RunEvent]:
    after = 0
    while found := ledger.events(1, after=after):
        yield from found
        after = found[-1].counter


def _redis(run: Run, events: Sequence[RunEvent]) -> tuple[tuple[tuple[int, float], ...], float, float]:
    server = RedisServer()
    server.start()
    try:
        with server.client() as redis:
            waiting = tuple((hosts, _waiting(redis, run, hosts)) for hosts in (1, HOSTS, MANY_HOSTS))
            before = _used(redis)
            stream = RedisStream(redis)
            for number in range(1, 11):
                stream.append([replace(event, run_id=number) for event in events])
            event = (_used(redis) - before) / (10 * len(events))
            return waiting, event, _over(redis, run)
    finally:
        server.remove()


def _waiting(redis: Redis, run: Run, hosts: int) -> float:
    """Each on hosts of its own, so that none stands behind another."""
    redis.flushall()
    queue = RedisQueue(redis, SealedBox(KEY))
    queue.submit(_envelope(run, 0, 1))
    before, runs = _used(redis), FEWER if hosts == MANY_HOSTS else RUNS
    for number in range(1, runs + 1):
        queue.submit(_envelope(run, number, hosts))
    return (_used(redis) - before) / runs


def _over(redis: Redis, run: Run) -> float:
    redis.flushall()
    queue = RedisQueue(redis, SealedBox(KEY))
    before = _used(redis)
    for number in range(1, RUNS + 1):
        queue.submit(_envelope(run, number, 1))
        queue.withdraw(number)
        queue.forget(number)
    return (_used(redis) - before) / RUNS


def _envelope(run: Run, number: int, hosts: int) -> Envelope:
    target = replace(run.plan.target, hosts=tuple(f"web{number}-{each}.example.com" for each in range(hosts)))
    return Envelope(run_id=number, plan=replace(run.plan, target=target), secrets={"token": "x" * 40})


def _used(redis: Redis) -> int:
    return int(redis.info("memory")["used_memory"])


def _sqlite(folder: Path, run: Run, events: Sequence[RunEvent]) -> tuple[float, float, float]:
    file = folder / "sizes.db"
    ledger = SqlLedger(f"sqlite:///{file}")

    def size() -> int:
        with ledger._database.connected() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return file.stat().st_size

    return _stored(ledger, run, events, size)


def _postgresql(run: Run, events: Sequence[RunEvent]) -> tuple[float, float, float]:
    server = PostgresServer()
    server.start()
    try:
        ledger = SqlLedger(server.url())

        def size() -> int:
            with ledger._database.reading() as connection:
                found = connection.exec_driver_sql("SELECT pg_database_size(current_database())")
                return int(found.scalar_one())

        return _stored(ledger, run, events, size)
    finally:
        server.remove()


def _stored(
    ledger: SqlLedger, run: Run, events: Sequence[RunEvent], size: Callable[[], int]
) -> tuple[float, float, float]:
    """What a run, an event, a host take."""
    ledger.migrate()
    try:
        ends = [size()]
        runs = [_create(ledger, run, 1) for _ in range(5 * FEWER)]
        ends.append(size())
        for each in runs[:10]:
            ledger.add_events(each.id, [replace(event, run_id=each.id) for event in events])
        ends.append(size())
        wide = _create(ledger, run, 10 * MANY_HOSTS)
        ledger.set_outcomes(wide.id, [HostOutcome(host=host, ok=1) for host in wide.plan.target.hosts])
        ends.append(size())
    finally:
        ledger.close()
    by = (5 * FEWER, 10 * len(events), 10 * MANY_HOSTS)
    one, event, host = ((after - before) / n for before, after, n in zip(ends, ends[1:], by, strict=False))
    return one, event, host


def _create(ledger: SqlLedger, run: Run, hosts: int) -> Run:
    """A run with what is written of each: statuses, outcomes, three rows of the audit."""
    from bot.flows.journal import Journal

    target = replace(run.plan.target, hosts=tuple(f"web{each}.example.com" for each in range(hosts)))
    made = ledger.create(plan=replace(run.plan, target=target), command=run.command, **ASKED)  # type: ignore[arg-type]
    journal = Journal(ledger=ledger)
    ledger.record(journal.acceptance(made))
    journal.started(made)
    journal.ended(made, run.status, run.reason)
    ledger.set_outcomes(made.id, [HostOutcome(host=target.hosts[0], ok=TASKS)])
    return made
