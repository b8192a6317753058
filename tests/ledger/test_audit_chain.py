"""The audit's chain: it holds whoever writes at once, shows what was changed, and loses only its beginning."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.flows.export import Export
from bot.ledger import AuditQuestion, AutomationEvent, Ledger
from bot.ledger.chain import GENESIS
from bot.ledger.sql import SqlLedger
from bot.model.status import RunStatus

from .conftest import events, make_run

ROOT = Path(__file__).parents[2]
HOSTILE = "a\0b \ud800 \N{SNOWMAN} '); drop table runs; --"
OLD = datetime.now(UTC) - timedelta(days=400)


def note(ledger: Ledger, status: str = "accepted", **more: Any) -> None:
    """One row."""
    ledger.record(AutomationEvent(action="ping", status=status, **more))


def broken(ledger: Ledger) -> int | None:
    """The first broken row."""
    return Export(ledger=ledger).check().broken


def tamper(ledger: SqlLedger, *statements: str) -> None:
    """What somebody with the database's password can do: switch the guards off, and change what they like."""
    sqlite = ledger._database.sqlite
    off = (
        ["DROP TRIGGER automation_events_no_update", "DROP TRIGGER automation_events_no_delete"]
        if sqlite
        else ["ALTER TABLE automation_events DISABLE TRIGGER ALL"]
    )
    with ledger._database.writing() as connection:
        for statement in [*off, *statements]:
            connection.execute(text(statement))


def test_what_is_told_once_has_one_row(ledger: Ledger) -> None:
    """Given a run's start and end, when they are told again, by whomever, then the audit has one row of each."""
    for _ in range(2):
        for told in ({"status": "started"}, {"status": "lost", "result": "lost"}):
            ledger.record_once(AutomationEvent(action="ping", run_id=7, **told))
    ledger.record_once(AutomationEvent(action="ping", run_id=7, status="successful", result="successful"))
    ledger.record_once(AutomationEvent(action="ping", run_id=8, status="started"))
    rows = [(row.run_id, row.status) for row in ledger.recorded()[::-1]]
    assert rows == [(7, "started"), (7, "lost"), (8, "started")]
    assert broken(ledger) is None


def test_of_two_who_tell_it_at_once_one_comes_second(sql: SqlLedger) -> None:
    """Given threads that tell the same ends at once, when all have, then the audit has one row of each."""
    ready, ends = threading.Barrier(4), range(1, 26)

    def tell() -> None:
        for run_id in ends:
            ready.wait()
            sql.record_once(AutomationEvent(action="ping", run_id=run_id, status="lost", result="lost"))

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.run_id for row in sql.recorded()[::-1]] == [*ends]


def test_a_chain_of_rows_holds(ledger: Ledger) -> None:
    """Given rows with hostile text and every field, when the chain is walked, then it holds from the first row on."""
    assert Export(ledger=ledger).check().rows == 0
    note(ledger, reason=HOSTILE, parameters={"a": [HOSTILE, None, 1.5]}, hosts=("web1",), run_id=7, incident_id=3)
    note(ledger, at=OLD)
    note(ledger)
    first, second, third = ledger.audit_page(0)
    assert (first["previous"], first["incident_id"]) == (GENESIS, 3)
    assert len({first["previous"], second["previous"], third["previous"], ledger.audit_chain().head_hash}) == 4
    verdict = Export(ledger=ledger).check()
    assert (verdict.rows, verdict.broken) == (3, None)


def test_questions_about_the_audit(ledger: Ledger) -> None:
    """Given rows of several people and places, when one is asked for, then only those rows come, newest first."""
    for actor, environment, run_id in (("a", "dev", 1), ("b", "dev", 2), ("a", "prod", 3)):
        note(ledger, actor=actor, environment=environment, run_id=run_id)

    def found(**asked: Any) -> list[int | None]:
        return [row.run_id for row in ledger.audited(AuditQuestion(**asked))]

    assert found() == [3, 2, 1]
    assert found(actor="a") == [3, 1]
    assert found(actor="a", environment="dev") == [1]
    assert found(run_id=2, last=5) == [2]
    assert found(last=1) == [3]


@pytest.mark.parametrize(
    ("change", "first"),
    [
        ("UPDATE automation_events SET actor = 'nobody' WHERE id = 2", 3),
        ("DELETE FROM automation_events WHERE id = 2", 3),
        ("UPDATE automation_events SET at = at WHERE id = 2", None),
        ("UPDATE automation_events SET reason = 'x' WHERE id = 4", 4),
        ("DELETE FROM automation_events WHERE id = 4", 4),
        ("DELETE FROM automation_events WHERE id = 1", 2),
    ],
)
def test_what_was_changed_is_found(sql: SqlLedger, change: str, first: int | None) -> None:
    """Given four rows, when one is changed or taken out behind our back, then the first broken row is named."""
    for _ in range(4):
        note(sql)
    tamper(sql, change)
    assert broken(sql) == first


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE automation_events SET actor = 'nobody'",
        "DELETE FROM automation_events WHERE id = 1",
        "TRUNCATE automation_events",
    ],
)
def test_the_database_lets_the_audit_only_grow(sql: SqlLedger, statement: str) -> None:
    """Given a row, when plain SQL wants to change it or take it out, then the database refuses."""
    note(sql)
    if sql._database.sqlite and statement.startswith("TRUNCATE"):
        statement = "DELETE FROM automation_events"
    with pytest.raises(DBAPIError, match="the audit can only grow"), sql._database.engine.begin() as connection:
        connection.execute(text(statement))
    assert broken(sql) is None
    assert len(sql.recorded()) == 1


def test_writers_at_once_make_one_chain(url: str) -> None:
    """Given four processes that write 25 rows each at the same moment, then the chain has 100 rows and holds."""
    ledger = SqlLedger(url)
    ledger.migrate()
    code = (
        "import sys; from bot.ledger import AutomationEvent; from bot.ledger.sql import SqlLedger\n"
        "l = SqlLedger(sys.argv[1]); sys.stdin.read(1)\n"
        "for n in range(25): l.record(AutomationEvent(action='ping', status='accepted', reason=str(n)))"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT, stdin=-1) for _ in range(4)]
    for process in started:
        process.communicate(b"x")
    assert {process.returncode for process in started} == {0}
    verdict = Export(ledger=ledger).check()
    assert (verdict.rows, verdict.broken) == (100, None)
    ledger.close()


def settle(ledger: Ledger, run_id: int, *, at: datetime = OLD) -> None:
    """Bring a run to its end, and tell people."""
    for status in (RunStatus.STARTING, RunStatus.RUNNING, RunStatus.SUCCESSFUL):
        ledger.set_status(run_id, status, at=at)
    ledger.set_recapped(run_id)


def test_old_rows_leave_and_the_rest_still_holds(ledger: Ledger) -> None:
    """Given old and young rows, when old ones are pruned in batches, then what is left verifies from its anchor."""
    for at in (OLD, OLD, OLD, None, OLD):
        note(ledger, at=at)
    before = datetime.now(UTC) - timedelta(days=30)
    assert [ledger.prune_audit(before, most=2) for _ in range(3)] == [2, 1, 0]
    assert [row["id"] for row in ledger.audit_page(0)] == [4, 5]
    note(ledger)
    verdict = Export(ledger=ledger).check()
    assert (verdict.rows, verdict.broken, ledger.audit_chain().anchor_id) == (3, None, 3)


def test_a_chain_of_which_nothing_is_left_goes_on(ledger: Ledger) -> None:
    """Given rows that are all pruned, when the next one is written, then it follows the last one."""
    note(ledger, at=OLD)
    assert ledger.prune_audit(datetime.now(UTC)) == 1
    assert broken(ledger) is None
    note(ledger)
    assert broken(ledger) is None


def test_the_audit_of_a_run_under_way_stays(ledger: Ledger) -> None:
    """Given old rows about a run that is not settled, when old ones are pruned, then they stay until it is."""
    run = make_run(ledger)
    note(ledger, at=OLD)
    note(ledger, at=OLD, run_id=run.id)
    before = datetime.now(UTC) - timedelta(days=30)
    assert [ledger.prune_audit(before) for _ in range(2)] == [1, 0]
    settle(ledger, run.id)
    assert ledger.prune_audit(before) == 1


def test_events_of_old_runs_leave(ledger: Ledger) -> None:
    """Given an old run, one under way and a young one, when events are pruned, then only the old one's go."""
    old, under_way, young = (make_run(ledger) for _ in range(3))
    for run in (old, under_way, young):
        ledger.add_events(run.id, events(1, 2, 3, run_id=run.id))
    settle(ledger, old.id)
    settle(ledger, young.id, at=datetime.now(UTC))
    before = datetime.now(UTC) - timedelta(days=30)
    assert [ledger.prune_events(before, most=2) for _ in range(3)] == [2, 1, 0]
    assert [len(ledger.events(run.id)) for run in (old, under_way, young)] == [0, 3, 3]
    assert ledger.cursor(old.id) == 3


def test_rows_of_an_earlier_version_are_chained(url: str) -> None:
    """Given a database of the version before with audit rows, when it is migrated, then they are in the chain."""
    ledger = SqlLedger(url)
    ledger.migrate()
    for _ in range(3):
        note(ledger, reason=HOSTILE)
    want = ledger.audit_chain()
    rows = ledger.audit_page(0)
    tamper(ledger, "UPDATE automation_events SET previous = ''", "DROP TABLE audit_chain")
    newer = (
        "suggestions",
        "calls",
        "incident_cards",
        "alert_news",
        "incident_events",
        "alerts",
        "alert_keys",
        "mutes",
        "incidents",
    )
    newer += ("promotions", "votes", "consents")
    undo = [f"DROP TABLE {table}" for table in newer]
    undo += [f"DROP INDEX automation_events_by_{name}" for name in ("status", "actor", "environment", "incident")]
    undo += ["DROP INDEX runs_once", "ALTER TABLE runs DROP COLUMN once"]
    undo += ["DROP INDEX runs_by_outcome", "ALTER TABLE automation_events DROP COLUMN incident_id"]
    undo += ["ALTER TABLE automation_events DROP COLUMN previous", "ALTER TABLE runs DROP COLUMN service"]
    if not ledger._database.sqlite:
        undo += ["DROP FUNCTION automation_events_only_grow() CASCADE", "DROP FUNCTION votes_stay()"]
    with ledger._database.writing() as connection:
        for statement in [*undo, "UPDATE alembic_version SET version_num = '0002'"]:
            connection.execute(text(statement))
    ledger.migrate()
    assert ledger.audit_chain() == want
    assert ledger.audit_page(0) == rows
    assert broken(ledger) is None
    ledger.close()
