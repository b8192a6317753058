"""What only real databases go through: migrations, many processes, absence, secrets in URLs, questions in SQL."""

import secrets
import sqlite3
import stat
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from bot.errors import Misconfigured, Unavailable
from bot.ledger import AutomationEvent, revision
from bot.ledger.sql import SqlLedger
from bot.ledger.tables import metadata
from bot.model.people import Origin
from bot.model.run import HostOutcome
from bot.model.status import RunStatus

from .conftest import ANNA, HERE, event, events, make_run, plan
from .postgres import PostgresServer

ROOT = Path(__file__).parents[2]
OVERRIDES = """
select action, count(*) as overrides from automation_events where status = 'requires_manual'
group by action order by overrides desc;
"""


def ask(ledger: SqlLedger, question: str) -> list[tuple[object, ...]]:
    """Rows of a question in plain SQL."""
    with ledger._database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(question))]


def change(ledger: SqlLedger, statement: str) -> None:
    """Do what no method does."""
    with ledger._database.writing() as connection:
        connection.execute(text(statement))


def chain(error: BaseException | None) -> list[BaseException]:
    """The error and every one that led to it, hidden ones too."""
    return [] if error is None else [error, *chain(error.__cause__ or error.__context__)]


MIGRATIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")


def test_migrating_brings_an_empty_database_up_to_date(url: str) -> None:
    """Given an empty database, when it is migrated twice, then it is up to date and stays so."""
    ledger = SqlLedger(url)
    assert ledger.current() is None
    assert ledger.behind() == MIGRATIONS
    ledger.migrate()
    ledger.migrate()
    assert ledger.current() == MIGRATIONS[-1]
    assert ledger.behind() == ()
    ledger.close()


def test_asking_how_it_stands_makes_no_file(tmp_path: Path) -> None:
    """Given no file, when a ledger is made and asked how far it is migrated, then there is still no file."""
    ledger = SqlLedger(f"sqlite:///{tmp_path}/new/ledger.db")
    assert ledger.behind() == MIGRATIONS
    assert list(tmp_path.iterdir()) == []


def test_the_migrations_make_the_tables_we_use(sql: SqlLedger) -> None:
    """Given a migrated database, when it is compared with the tables of the code, then there is no difference."""
    with sql._database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert MIGRATIONS[-1] == revision.NEWEST


def test_a_database_that_is_up_to_date_waits_for_nothing(sql: SqlLedger) -> None:
    """Given a migrated database, when a process brings it up to date, then it need not load Alembic for that."""
    code = "import sys; from bot.ledger.sql import SqlLedger; SqlLedger(sys.argv[1]).migrate()"
    code += "; print('alembic' in sys.modules)"
    url = sql._database.url.render_as_string(hide_password=False)
    said = subprocess.run([sys.executable, "-c", code, url], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


def test_several_processes_may_migrate_at_once(url: str) -> None:
    """Given an empty database, when six processes migrate it at the same moment, then all succeed and agree."""
    code = "import sys; from bot.ledger.sql import SqlLedger; l = SqlLedger(sys.argv[1]); sys.stdin.read(1)"
    code += "; l.migrate(); print(l.current(), l.installation())"
    started = [
        subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT, stdin=-1, stdout=-1, stderr=-1) for _ in range(6)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write(b"x")
        process.stdin.flush()
    answers = [process.communicate() for process in started]
    assert {process.returncode for process in started} == {0}, answers
    assert len({out for out, _ in answers}) == 1
    assert answers[0][0].startswith(MIGRATIONS[-1].encode() + b" ")


def test_a_failed_migration_leaves_nothing(url: str) -> None:
    """Given a database with a table that stands in the way, when migrating fails, then none of ours is half done."""
    ledger = SqlLedger(url)
    file = ledger._database.url.database if ledger._database.sqlite else None
    if file:
        Path(file).parent.mkdir()
    change(ledger, "create table automation_events (x integer)")
    with pytest.raises(Unavailable):
        ledger.migrate()
    with ledger._database.connected() as connection:
        assert inspect(connection).get_table_names() == ["automation_events"]
    ledger.close()


def test_a_newer_database_is_left_alone(sql: SqlLedger) -> None:
    """Given a database that a newer version migrated, when this one asks or migrates, then it says to update."""
    change(sql, "update alembic_version set version_num = '9999'")
    with pytest.raises(Misconfigured, match="newer version"):
        sql.behind()
    with pytest.raises(Misconfigured, match="newer version"):
        sql.migrate()
    assert sql.current() == "9999"


def test_a_database_that_was_not_migrated_is_told(url: str) -> None:
    """Given an empty database, when a run is made in it, then the sentence speaks of migrating."""
    ledger = SqlLedger(url)
    if ledger._database.sqlite:
        Path(ledger._database.url.database or "").parent.mkdir()
    with pytest.raises(Unavailable, match="migrated"):
        make_run(ledger)
    ledger.close()


def test_overrides_are_counted_in_sql(sql: SqlLedger) -> None:
    """Given audit rows, when the question of the handbook is asked, then the most overridden action comes first."""
    for action, times in (("restart", 2), ("reboot", 3), ("ping", 1)):
        for _ in range(times):
            sql.record(AutomationEvent(action=action, status="requires_manual"))
    sql.record(AutomationEvent(action="ping", status="successful"))
    assert ask(sql, OVERRIDES) == [("reboot", 3), ("restart", 2), ("ping", 1)]


def test_tables_answer_questions_in_plain_sql(sql: SqlLedger) -> None:
    """Given a stored run, when its tables are asked directly, then what one wants to know stands in columns."""
    run = make_run(sql)
    sql.set_status(run.id, RunStatus.STARTING)
    sql.add_events(run.id, events(1, 2))
    sql.set_outcomes(run.id, [HostOutcome(host="web1", failed=1)])
    assert ask(sql, "select id, status, runbook, environment, host_count, actor, origin from runs") == [
        (1, "starting", "ping", "local", 2, "terminal:anna", "chat")
    ]
    assert ask(sql, "select host, task, play, result, message from run_events where counter = 2") == [
        ("web1", "Ping", "All", "failed", "pong")
    ]
    assert ask(sql, "select from_status, to_status from run_statuses order by id") == [
        (None, "queued"),
        ("queued", "starting"),
    ]
    assert ask(sql, "select host, position from run_hosts where failed > 0") == [("web1", 0)]


def test_ids_are_never_used_again(sql: SqlLedger) -> None:
    """Given two runs, when the last is deleted by hand and another made, then it gets a number of its own."""
    make_run(sql)
    make_run(sql)
    for table in ("run_plans", "run_statuses", "run_hosts"):
        change(sql, f"delete from {table} where run_id = 2")
    change(sql, "delete from runs where id = 2")
    assert make_run(sql).id == 3


def test_rows_must_belong_to_a_run(sql: SqlLedger) -> None:
    """Given foreign keys, when a row of no run is written by hand after a migration, then the database refuses it."""
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        change(sql, "insert into run_plans (run_id, plan) values (77, '{}')")


def test_sqlite_is_durable_and_private(tmp_path: Path) -> None:
    """Given a new SQLite ledger, when it is looked at, then WAL and full sync are on and only its owner reads it."""
    ledger = SqlLedger(f"sqlite:///{tmp_path}/a/b/ledger.db")
    ledger.migrate()
    make_run(ledger)
    settings = [ask(ledger, f"pragma {name}")[0][0] for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert settings == ["wal", 2, 1]
    for file in (tmp_path / "a/b").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a/b").stat().st_mode) == 0o700
    ledger.close()


def test_processes_share_a_ledger(sql: SqlLedger, url: str) -> None:
    """Given four processes, when each makes runs and stores events, then all are there with ids of their own."""
    code = """
import sys
from bot.ledger.sql import SqlLedger
from tests.ledger.conftest import events, make_run
ledger = SqlLedger(sys.argv[1])
for _ in range(15):
    run = make_run(ledger)
    ledger.add_events(run.id, events(1, 2, 3, run_id=run.id))
"""
    started = [subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT, stderr=-1) for _ in range(4)]
    errors = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0] * 4, errors
    assert sql.unsettled() == list(range(1, 61))
    assert {sql.cursor(run_id) for run_id in sql.unsettled()} == {3}


def test_a_killed_writer_leaves_whole_batches(sql: SqlLedger, url: str) -> None:
    """Given a process that stores batches of 50, when it is killed at any moment, then no batch is there in part."""
    make_run(sql)
    code = """
import sys
from bot.ledger.sql import SqlLedger
from tests.ledger.conftest import events
ledger = SqlLedger(sys.argv[1])
for start in range(1, 1_000_000, 50):
    ledger.add_events(1, events(*range(start, start + 50)))
    print(start, flush=True)
"""
    process = subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT, stdout=-1)
    assert process.stdout is not None
    for _ in range(5):
        process.stdout.readline()
    process.kill()
    process.communicate()
    stored = len(sql.events(1, limit=1_000_000))
    assert stored == sql.cursor(1)
    assert stored % 50 == 0
    assert stored >= 250


def test_a_forked_child_uses_connections_of_its_own(sql: SqlLedger, url: str) -> None:
    """Given a ledger with open connections, when a process forks, then child and parent both go on writing."""
    code = """
import os, sys
from bot.ledger.sql import SqlLedger
from tests.ledger.conftest import make_run
ledger = SqlLedger(sys.argv[1])
make_run(ledger)
child = os.fork()
for _ in range(5):
    make_run(ledger)
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", code, url], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sql.unsettled() == list(range(1, 12))


def test_a_busy_sqlite_is_waited_for_and_then_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given another program that holds the file, when its patience ends, then the sentence says so."""
    monkeypatch.setattr("bot.ledger.database.BUSY_SECONDS", 0.1)
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.migrate()
    other = sqlite3.connect(tmp_path / "ledger.db")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable, match="another process"):
        make_run(ledger)
    other.rollback()
    other.close()
    assert make_run(ledger).id == 1
    ledger.close()


def _no_directory(tmp_path: Path) -> str:
    (tmp_path / "file").write_text("x")
    return f"sqlite:///{tmp_path}/file/ledger.db"


def _no_database(tmp_path: Path) -> str:
    (tmp_path / "ledger.db").write_text("this is no database, and it is long enough to be looked at" * 100)
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.mark.parametrize(("spoil", "why"), [(_no_directory, "cannot be used"), (_no_database, "no SQLite database")])
def test_a_file_that_cannot_be_used_is_told(tmp_path: Path, spoil: Callable[[Path], str], why: str) -> None:
    """Given a path that cannot work, when migrating, then one sentence says why."""
    ledger = SqlLedger(spoil(tmp_path))
    with pytest.raises(Unavailable, match=why):
        ledger.migrate()
    ledger.close()


def test_nothing_connects_before_it_must() -> None:
    """Given a database that does not exist, when a ledger is made, then nothing happens until it is asked."""
    ledger = SqlLedger("postgres://user:hunter2@127.0.0.1:1/none")
    with pytest.raises(Unavailable, match=r"none at 127\.0\.0\.1 does not answer: no connection") as caught:
        ledger.current()
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    assert "hunter2" not in f"{ledger!r} {ledger.name}"


@pytest.mark.parametrize(
    ("user", "database", "why"),
    [("locked:hunter2", "migrated", "does not accept the user or the password"), ("signalbox", "gone", "no database")],
)
def test_postgres_says_why_it_refuses(postgres: PostgresServer, user: str, database: str, why: str) -> None:
    """Given a wrong password or name, when the ledger connects, then one sentence says which, and no secret."""
    ledger = SqlLedger(postgres.url_of(database, user))
    with pytest.raises(Unavailable, match=why) as caught:
        ledger.find()
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    ledger.close()


def test_a_restarted_postgres_is_found_again(postgres: PostgresServer) -> None:
    """Given a ledger with open connections, when PostgreSQL is away it says so, and when it is back it goes on."""
    ledger = SqlLedger(postgres.url("migrated"))
    make_run(ledger)
    postgres.halt()
    try:
        with pytest.raises(Unavailable, match="does not answer"):
            ledger.get(1)
    finally:
        postgres.serve()
    assert make_run(ledger).id == 2
    ledger.close()


def test_the_zone_of_the_server_does_not_matter(postgres: PostgresServer) -> None:
    """Given a PostgreSQL that speaks another time zone, when a run is made, then its times are UTC all the same."""
    url = postgres.url("migrated")
    ledger = SqlLedger(f"{url}&options=-c%20timezone=Asia/Kolkata")
    run = make_run(ledger)
    assert run.created_at.utcoffset() is not None
    assert run.created_at.tzname() == "UTC"
    other = SqlLedger(url)
    assert other.get(run.id) == run
    ledger.close()
    other.close()


def test_an_error_never_quotes_what_was_written(sql: SqlLedger) -> None:
    """Given a table that is gone, when an event with a secret is stored, then no error of the chain tells it."""
    make_run(sql)
    change(sql, "drop table run_events")
    secret = secrets.token_hex(8)
    with pytest.raises(Unavailable) as caught:
        sql.add_events(1, [event(1, message=secret)])
    assert secret not in "".join(traceback.format_exception(caught.value))
    assert not any(secret in str(error) for error in chain(caught.value))


def test_a_run_is_written_whole_or_not_at_all(sql: SqlLedger) -> None:
    """Given a table that is gone, when making a run fails at its hosts, then no half of it is left."""
    change(sql, "alter table run_hosts rename to away")
    with pytest.raises(Unavailable):
        sql.create(plan(), ANNA, HERE, Origin.CHAT, "run ping")
    assert ask(sql, "select count(*) from runs") == [(0,)]
    change(sql, "alter table away rename to run_hosts")
    assert make_run(sql).plan == plan()
