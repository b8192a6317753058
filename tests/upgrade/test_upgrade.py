"""What versions before this one wrote is understood: databases as of each migration, and what lay in Redis.

`tests/upgrade/write.py` tells how the fixtures are made.
"""

import json
import sqlite3
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.alerts import Grouping, decider, group_of
from bot.errors import AskedBefore
from bot.flows.export import Export
from bot.ledger import revision
from bot.ledger.sql import SqlLedger
from bot.ledger.tables import metadata
from bot.model.alert import AlertStatus
from bot.model.consent import Stage
from bot.model.event import ENDED
from bot.model.incident import Effect, IncidentStatus, Notice
from bot.model.people import Origin
from bot.model.safety import Overlap
from bot.model.status import RunStatus
from bot.model.suggestion import SuggestionState
from bot.queue import RedisAgenda, RedisQueue, RedisStops, SealedBox
from bot.rules import RedisRuleStates, dealt_with
from bot.stream import RedisStream
from tests.flows.world import story
from tests.queue.conftest import until
from tests.queue.redis_server import RedisServer
from tests.queue.workers import WorkerProcess

from .conftest import DATABASES, FIXTURES, restored, since
from .told import ANNA, HASH, HOSTILE, NOW, ONCE
from .write import KEY, MARK, MEMORY

SAFE = HOSTILE.replace("\0", "␀")
"""As SQL keeps it."""
REDISES = sorted(path.name.partition(".")[0] for path in FIXTURES.glob("*.redis.json"))
WITH_CONSENT = "0004"
WITH_INCIDENTS = "0006"
WITH_CARDS = "0007"
WITH_RULES = "0007"
WITH_SUGGESTIONS = "0008"
WITH_ONCE = "0010"


def test_there_is_a_database_of_every_migration(tmp_path: Path) -> None:
    """Given the migrations, when fixtures are counted, then there is one of each, and a queue of each since 0006."""
    every = SqlLedger(f"sqlite:///{tmp_path}/none.db").behind()
    assert tuple(DATABASES) == every
    assert tuple(REDISES) == every[every.index(WITH_INCIDENTS) :]


@pytest.mark.parametrize("version", [each for each in DATABASES if each >= WITH_INCIDENTS])
def test_there_is_a_row_in_every_table(version: str, tmp_path: Path) -> None:
    """Given a database of a version with incidents, when its tables are counted, then none of them is empty."""
    with closing(sqlite3.connect(restored(version, tmp_path))) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        empty = [name for name in tables if not connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone()]
    assert len(tables) > len(("meta", "runs", "incidents"))
    assert empty == []


def test_an_older_database_is_brought_up_to_date(old: tuple[str, SqlLedger]) -> None:
    """Given a database as of any migration, when it is migrated, then its tables are those that a new one has."""
    _, ledger = old
    ledger.migrate()
    assert ledger.current() == revision.NEWEST
    with ledger._database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_what_an_older_version_stored_is_read(old: tuple[str, SqlLedger]) -> None:
    """Given its runs, when they are read, then plans, events and hosts are there, and the audit's chain holds."""
    version, ledger = old
    ledger.migrate()
    ping, failing = ledger.get(1), ledger.get(2)
    assert (ping.status, failing.status) == (RunStatus.SUCCESSFUL, RunStatus.FAILED)
    assert (str(ping.actor), ping.origin, ping.command) == ("terminal:anna", Origin.CLI, "run ping on web1 in local")
    assert failing.plan.target.hosts == ("web1", "web2")
    assert failing.plan.revision.content_hash
    assert failing.reason
    for run in (ping, failing):
        events = ledger.events(run.id)
        assert [event.counter for event in events] == list(range(1, run.cursor + 1))
        assert events[-1].kind == ENDED
        assert [outcome.host for outcome in ledger.outcomes(run.id)] == list(run.plan.target.hosts)
    assert any(outcome.failed for outcome in ledger.outcomes(2))
    said = [row.status for row in ledger.recorded(last=100) if row.run_id == 1]
    assert (said[0], said[-1]) == ("successful", "accepted")
    assert Export(ledger=ledger).check().broken is None
    if version >= WITH_CONSENT:
        waiting = ledger.consent(4)
        assert waiting is not None
        assert (waiting.stage, ledger.get(4).status) == (Stage.CONFIRM, RunStatus.AWAITING_APPROVAL)


@since(WITH_INCIDENTS)
def test_what_was_decided_is_still_decided(old: tuple[str, SqlLedger]) -> None:
    """Given promotions, votes and deliveries, when they are read, then they stand as they were."""
    _, ledger = old
    ledger.migrate()
    (promotion,) = ledger.promotions()
    assert (promotion.environment, promotion.content_hash, promotion.at) == ("prod", HASH, NOW)
    approved = ledger.consent(3)
    assert approved is not None
    assert (approved.stage, approved.confirmed, approved.approvals) == (Stage.GRANTED, True, 1)
    assert (approved.votes[0].actor, approved.votes[0].reason) == ("terminal:lea", SAFE)
    assert approved.excerpts[0].left_out == 3
    card, recap = ledger.outbox().get("card:1"), ledger.outbox().get("recap:1")
    assert card is not None
    assert recap is not None
    assert (card.ts, card.delivery.version, recap.ts, recap.delivery.parent) == ("17.5", 3, "", "card:1")
    assert [each.delivery.key for each in ledger.outbox().due(2_000_000_000)] == ["recap:1"]
    assert ledger.get(2).plan.parameters["ports"] == [80, {"a": None}]
    assert ledger.get(2).plan.revision.around is None


@since(WITH_ONCE)
def test_what_was_asked_once_is_not_asked_again(old: tuple[str, SqlLedger]) -> None:
    """Given the run of a schedule, when the same time of it asks again, then there is no second one."""
    _, ledger = old
    ledger.migrate()
    ping = ledger.get(1)
    with pytest.raises(AskedBefore) as before:
        ledger.create(ping.plan, ping.actor, ping.conversation, Origin.SCHEDULE, ping.command, once=ONCE)
    assert before.value.run_id == ping.id


@since(WITH_INCIDENTS)
def test_incidents_go_on(old: tuple[str, SqlLedger]) -> None:
    """Given an incident with alerts and mutes, when an alert ends, then it does so in the incident that it was in."""
    _, ledger = old
    ledger.migrate()
    incidents = ledger.incidents()
    (incident,) = incidents.find()
    assert (incident.status, incident.acknowledged_by, incident.since) == (IncidentStatus.ACKNOWLEDGED, str(ANNA), NOW)
    assert [each.alert.status for each in incidents.alerts(incident.id)] == [AlertStatus.FIRING, AlertStatus.RESOLVED]
    line = incidents.timeline(incident.id)[-1]
    assert (line.kind, line.text, line.run_id) == ("acknowledged", SAFE, 2)
    (mute,) = incidents.mutes(NOW)
    assert (mute.matchers, mute.why) == ({"host": "db*"}, SAFE)
    first = incidents.alerts(incident.id)[0].alert
    over = replace(first, key="a:resolved", status=AlertStatus.RESOLVED)
    (outcome,) = incidents.take([Notice(alert=over, group=group_of(over, Grouping()), at=NOW)], decider(Grouping()))
    assert outcome.incident is not None
    assert (outcome.effect, outcome.incident.id) == (Effect.CLOSED, incident.id)
    again = replace(first, key="n", subject="n", symptom="Other")
    (new,) = incidents.take([Notice(alert=again, group=group_of(again, Grouping()), at=NOW)], decider(Grouping()))
    assert new.incident is not None
    assert new.incident.id == incident.id + 1


@since(WITH_CARDS)
def test_what_was_shown_of_incidents_is_not_shown_again(old: tuple[str, SqlLedger]) -> None:
    """Given a card and news of which rules know the first, when they are read, then only what is new is left."""
    _, ledger = old
    ledger.migrate()
    incidents = ledger.incidents()
    (incident,) = incidents.find()
    assert [each.alert.subject for each in incidents.news()] == ["b", "b"]
    assert dict(incidents.to_show("slack:C1", NOW)) == {incident.id: 1}
    incidents.shown(incident.id, "slack:C1", incident.edition, 4)
    assert incidents.to_show("slack:C1", NOW) == []


@since(WITH_SUGGESTIONS)
def test_suggestions_go_on(old: tuple[str, SqlLedger]) -> None:
    """Given suggestions and a call, when one is taken, then that one is, and nothing is suggested a second time."""
    _, ledger = old
    ledger.migrate()
    suggestions = ledger.suggestions()
    offered, started = suggestions.of_incidents([1])
    assert (offered.state, started.state, started.run_id) == (SuggestionState.OFFERED, SuggestionState.STARTED, 2)
    assert (offered.ask.runbook, offered.ask.limit, offered.hosts, offered.reason) == ("ping", "web1", ("web1",), SAFE)
    assert suggestions.add(replace(offered, id=0)) == (offered, False)
    taken = replace(offered, state=SuggestionState.TAKEN, taken_by=str(ANNA))
    assert suggestions.change(taken, SuggestionState.OFFERED)
    made, new = suggestions.add(replace(offered, id=0, key="another"))
    assert (made.id, new) == (started.id + 1, True)
    (call,) = suggestions.due_calls(NOW)
    assert (call.to, call.after, call.text) == (("slack:U1",), 300, SAFE)


def test_an_older_database_takes_new_runs(old: tuple[str, SqlLedger]) -> None:
    """Given a database that was brought up to date, when a run is repeated in it, then it goes all its way."""
    _, ledger = old
    ledger.migrate()
    before = ledger.get(2)
    run = ledger.create(
        plan=before.plan, actor=before.actor, conversation=before.conversation, origin=before.origin, command="again"
    )
    events = story(run.plan.target.hosts, run.id)
    ledger.add_events(run.id, events)
    for status in (RunStatus.STARTING, RunStatus.RUNNING, RunStatus.SUCCESSFUL):
        assert ledger.set_status(run.id, status)
    assert run.id not in (1, 2)
    assert ledger.events(run.id) == events


@pytest.fixture(params=REDISES)
def version(request: pytest.FixtureRequest) -> str:
    """The newest migration of the version that wrote."""
    return str(request.param)


@pytest.fixture
def client(version: str) -> Iterator[tuple[redis.Redis, RedisServer]]:
    """A Redis with what an older version had in it."""
    server = RedisServer()
    server.start()
    try:
        with server.client() as made:
            for key, (kind, value) in json.loads((FIXTURES / f"{version}.redis.json").read_text()).items():
                _put(made, b64decode(key), kind, value)
            yield made, server
    finally:
        server.remove()


def _put(client: redis.Redis, key: bytes, kind: str, value: Any) -> None:
    match kind:
        case "string":
            client.set(key, b64decode(value))
        case "hash":
            client.hset(key, mapping={b64decode(name): b64decode(each) for name, each in value.items()})
        case "list":
            client.rpush(key, *map(b64decode, value))
        case "set":
            client.sadd(key, *map(b64decode, value))
        case "zset":
            client.zadd(key, {b64decode(name): score for name, score in value.items()})
        case "stream":
            for number, fields in value:
                client.xadd(key, {b64decode(name): b64decode(each) for name, each in fields.items()}, id=number)


def test_an_older_queue_goes_on(client: tuple[redis.Redis, RedisServer], tmp_path: Path) -> None:
    """Given runs that an older version queued, when today's workers come, then both are carried out, in their order."""
    connection, server = client
    queue = RedisQueue(connection, SealedBox(KEY))
    envelope = queue.envelope(1)
    assert envelope is not None
    assert dict(envelope.secrets) == {"password": "hunter2", "port": 5, "flags": ["a", {"b": None}]}
    assert envelope.plan.options.check
    assert envelope.plan.concurrency is not None
    assert envelope.plan.concurrency.mode is Overlap.QUEUE
    assert envelope.asked is not None
    assert (envelope.asked.consent.approvals, envelope.queue) == (2, "default")
    assert (queue.depth(), queue.depth("default")) == (3, 3)
    assert list(queue.ahead(2, envelope.plan)) == [1]
    assert (queue.claimed(3), queue.cancel_asked(3), queue.waiting(2)) == (True, True, True)
    worker = WorkerProcess(server.socket, tmp_path / "worker")
    try:
        until(lambda: worker.carried(1), "the first run")
        assert not worker.carried(2)
        queue.forget(1)
        until(lambda: worker.carried(2), "the one that stood behind it")
    finally:
        worker.end()


def test_an_older_stream_goes_on(client: tuple[redis.Redis, RedisServer]) -> None:
    """Given events of an older worker, when they are read, then all are there, and the next one finds its place."""
    connection, _ = client
    stream, told = RedisStream(connection), story(["web-3-a", "web-3-b"], 3)
    assert stream.read(3, 0) == told[:-1]
    stream.append(told[-2:])
    assert stream.read(3, 0) == told
    (lock,) = RedisStops(connection).now()
    assert (lock.actor, lock.reason) == ("terminal:anna", "the move")


def test_what_rules_remembered_is_remembered(client: tuple[redis.Redis, RedisServer], version: str) -> None:
    """Given the memory of an older version's rules, when it is read and changed, then nothing else of it is lost."""
    connection, _ = client
    states = RedisRuleStates(connection)
    if version < WITH_RULES:
        assert states.read("town").seen == ()
        return
    assert states.read("town") == MEMORY
    states.change("town", lambda state: (dealt_with(state, "town/often/e3"), None))
    for again in (states, RedisRuleStates(connection)):
        assert again.read("town") == replace(MEMORY, open=())
    assert not connection.exists("signalbox:rules:town")


def test_a_schedule_goes_on_where_it_was(client: tuple[redis.Redis, RedisServer], version: str) -> None:
    """Given the mark of an older version's schedule, when it is read, then it is that one; before there were none."""
    connection, _ = client
    assert RedisAgenda(connection).marks() == ({"night 0 12 * * * UTC": MARK} if version >= WITH_ONCE else {})
