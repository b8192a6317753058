"""A database enters; the newest migration applied to it leaves, without Alembic, which takes its time to load."""

from sqlalchemy import Connection, column, inspect, select, table

from bot.ledger.database import Database
from bot.ledger.url import sqlite_file

NEWEST = "0010"
"""The migration that makes the tables of `tables.py`; a test holds it to the newest one there is."""

_VERSION = "alembic_version"


def current(database: Database) -> str | None:
    """The newest migration applied; None on an empty database, which is not made by asking."""
    file = sqlite_file(database.url)
    if file is not None and not file.exists():
        return None
    with database.reading() as connection:
        return applied(connection)


def applied(connection: Connection) -> str | None:
    """The same, within a transaction."""
    if not inspect(connection).has_table(_VERSION):
        return None
    found: str | None = connection.scalar(select(column("version_num")).select_from(table(_VERSION)))
    return found
