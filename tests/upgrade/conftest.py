"""What tests of upgrades are given: the fixtures' databases, as SQLite and as PostgreSQL have them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, MetaData, text

from bot.ledger import migrate
from bot.ledger.sql import SqlLedger
from tests.ledger.conftest import postgres as postgres  # noqa: PLC0414  # a fixture

FIXTURES = Path(__file__).parents[1] / "fixtures"
DATABASES = sorted(path.stem for path in FIXTURES.glob("*.sql"))
_OLD = [f"{version}-{kind}" for version in DATABASES for kind in ("sqlite", "postgresql")]


def since(first: str) -> pytest.MarkDecorator:
    """For tests of what only versions from that migration on could tell."""
    return pytest.mark.parametrize("old", [each for each in _OLD if each >= first], indirect=True)


@pytest.fixture(params=_OLD)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, SqlLedger]]:
    """A database that an older version wrote, with the number of its newest migration."""
    version, _, kind = request.param.partition("-")
    ledger = SqlLedger(f"sqlite:///{restored(version, tmp_path)}")
    if kind == "postgresql":
        source, ledger = ledger, SqlLedger(request.getfixturevalue("postgres").url())
        _carry(source, ledger, version)
        source.close()
    assert ledger.current() == version
    yield version, ledger
    ledger.close()


def restored(version: str, folder: Path) -> Path:
    """A fixture as a file of SQLite."""
    file = folder / "signalbox.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript((FIXTURES / f"{version}.sql").read_text())
    return file


def _carry(source: SqlLedger, target: SqlLedger, version: str) -> None:
    """The tables that the migrations up to that version make in `target`, with the rows of `source`."""
    with migrate._locked(target._database) as connection:
        command.upgrade(migrate._config(connection), version)
    there, here = MetaData(), MetaData()
    with source._database.reading() as reader, target._database.connected() as connection, connection.begin():
        there.reflect(reader)
        here.reflect(connection)
        assert {name for name in there.tables if not name.startswith("sqlite_")} == set(here.tables)
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no trigger, no order among tables
        connection.execute(text("SET LOCAL timezone = 'UTC'"))  # SQLite keeps UTC without saying so
        for name, table in here.tables.items():
            connection.execute(table.delete())
            if rows := [dict(row) for row in reader.execute(there.tables[name].select()).mappings()]:
                connection.execute(table.insert(), rows)
            _count_on(connection, name, [column.name for column in table.columns])


def _count_on(connection: Connection, table: str, columns: list[str]) -> None:
    """The next row gets a number that none has yet."""
    if "id" in columns:
        last = f"(SELECT max(id) FROM {table})"
        connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})"))
