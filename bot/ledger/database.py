"""One database: a parsed URL goes in, short transactions come out; the driver's errors leave as Unavailable.

SQLite runs in WAL mode with `synchronous=FULL`: the ledger is the truth about runs and the audit, and a commit that a
power cut takes back would be a run that was carried out and never happened.
"""

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.errors import Unavailable
from bot.ledger import url as urls

BUSY_SECONDS = 30
"""How long a writer of SQLite waits for another one."""

CONNECT_SECONDS = 10
"""How long PostgreSQL may take to answer a new connection."""

SILENT_SECONDS = 30
"""After how long a PostgreSQL that says nothing at all, not even that it is there, counts as gone."""

BEGIN = "signalbox_begin"
"""Execution option: SQLite's statement that begins the transaction."""

_SQLITE_REASONS = {
    "SQLITE_BUSY": "another process has held it for too long",
    "SQLITE_CANTOPEN": "the file cannot be opened",
    "SQLITE_CORRUPT": "the file is damaged",
    "SQLITE_ERROR": "a table is missing; has it been migrated?",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk cannot be read or written",
    "SQLITE_NOTADB": "the file is no SQLite database",
    "SQLITE_READONLY": "the file cannot be written",
}
_REASONS = {
    "28": "it does not accept the user or the password",
    "3D": "there is no database of that name",
    "42": "a table or a right is missing; has it been migrated?",
    "53": "it is out of connections, memory or disk",
    "40": "another transaction stood in the way",
    "57": "it is starting or shutting down",
}


class Database:
    """Connects when first needed; safe for many threads, and for a process that forks."""

    def __init__(self, url: str) -> None:
        self.url = urls.parse(url)
        self.name = urls.shown(self.url)
        self.engine = _engine(self.url)
        self.begin_anew()
        _begin_anew_after_fork(self)

    def begin_anew(self) -> None:
        """In a child that was forked: never speak through the parent's connections, nor wait for its threads."""
        self.engine.dispose(close=False)
        self._writers: AbstractContextManager[object] = threading.Lock() if self.sqlite else nullcontext()

    @property
    def sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes; SQLite takes the write lock at once, so that it can wait for it.

        It waits for other processes with ever longer pauses; threads of ours come one after the other without.
        """
        with self._writers, self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A connection without a transaction."""
        with self.translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Errors of SQLAlchemy and its drivers leave as Unavailable; their text may quote values, so it stays here."""
        try:
            yield
        except IntegrityError:
            raise  # a mistake of ours, not the database's
        except (DBAPIError, PoolTimeout, sqlite3.Error) as error:
            raise self._unavailable(error) from None
        except OSError as error:
            raise Unavailable(f"{self._subject} cannot be used: {error.strerror}.", "Check the path.") from None

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        with self.translated(), self.engine.connect() as plain:
            connection = plain.execution_options(**{BEGIN: begin})
            with connection.begin():
                yield connection

    @property
    def _subject(self) -> str:
        return self.name[0].upper() + self.name[1:]

    def _unavailable(self, error: Exception) -> Unavailable:
        why = _reason(getattr(error, "orig", error))
        return Unavailable(f"{self._subject} does not answer: {why}.", "`doctor` says what is reachable.")


def _reason(cause: BaseException | None) -> str:
    """Why, in words that hold nothing of the URL or of what was being written."""
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", "") or type(cause).__name__
        primary = "_".join(name.split("_")[:2])  # SQLITE_BUSY_SNAPSHOT is a kind of SQLITE_BUSY
        return _SQLITE_REASONS.get(primary, f"SQLite says {name}")
    state = getattr(cause, "sqlstate", None) or ""
    text = str(cause).lower()
    if not state and "password" in text:  # while connecting, psycopg gives no state
        state = "28"
    if not state and "does not exist" in text:
        state = "3D"
    return _REASONS.get(state[:2], f"it reports {state}" if state else "no connection")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        wanted: dict[str, Any] = {
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "signalbox",
            "keepalives_idle": SILENT_SECONDS,
            "tcp_user_timeout": SILENT_SECONDS * 1000,
        }
        arguments = {key: value for key, value in wanted.items() if key not in url.query}
        return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=arguments)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: a deferred one that reads and then writes fails without waiting.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(BEGIN, "BEGIN"))


def _begin_anew_after_fork(database: Database) -> None:
    known = weakref.ref(database)

    def begin() -> None:
        living = known()
        if living is not None:
            living.begin_anew()

    os.register_at_fork(after_in_child=begin)
