"""A database goes in, and comes out with the tables of this version; several processes may do it at the same moment."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.errors import Misconfigured, Unavailable
from bot.ledger.database import BEGIN, BUSY_SECONDS, Database
from bot.ledger.revision import applied, current
from bot.ledger.url import sqlite_file

MIGRATIONS = Path(__file__).parent / "migrations"

_LOCK_KEY = 0x5167_6E61_6C62_6F78  # any number that is ours; PostgreSQL's advisory locks share one space
_ONE_THREAD = threading.Lock()  # Alembic keeps what it is doing in module globals


def migrate(database: Database) -> None:
    """Apply what is missing, all or nothing, under a lock that other processes wait for."""
    with _ONE_THREAD, database.translated():
        _make_file(database)
        with _locked(database) as connection:
            if _after(applied(connection)):
                command.upgrade(_config(connection), "head")


def behind(database: Database) -> tuple[str, ...]:
    """The migrations still to apply, oldest first."""
    return _after(current(database))


def _after(revision: str | None) -> tuple[str, ...]:
    known = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]
    if revision is None:
        return tuple(known)
    if revision not in known:
        raise Misconfigured(
            "The database was migrated by a newer version of Signalbox.", "Update Signalbox, or use another database."
        )
    return tuple(known[known.index(revision) + 1 :])


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _make_file(database: Database) -> None:
    """Only its owner may read the file: it holds what was said and what hosts answered."""
    file = sqlite_file(database.url)
    if file is None:
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


@contextmanager
def _locked(database: Database) -> Iterator[Connection]:
    """A transaction that no other process migrates beside."""
    with database.connected() as plain:
        if database.sqlite:
            with _sqlite_exclusive(plain) as connection:
                yield connection
            return
        with plain.begin():
            plain.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
            yield plain


@contextmanager
def _sqlite_exclusive(plain: Connection) -> Iterator[Connection]:
    execute = plain.connection.cursor().execute
    _use_wal(execute)
    execute("PRAGMA foreign_keys = OFF")  # rebuilding a table would delete what points to it
    connection = plain.execution_options(**{BEGIN: "BEGIN EXCLUSIVE"})
    try:
        with connection.begin():
            yield connection
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise Unavailable(
                    "The migration would leave rows that point to nothing; it was taken back.", "Report it."
                )
    finally:
        plain.invalidate()  # the pool's next connection has foreign keys on again


def _use_wal(execute: Callable[[str], Any]) -> None:
    """Write-ahead logging, a property of the file; SQLite does not wait by itself when others open it right now."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
