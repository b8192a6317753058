"""Statements about the installation: its random id, made by whoever comes first."""

import secrets
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.ledger.tables import meta


def known_installation(connection: Connection) -> str | None:
    """The installation's id, if it has been made."""
    found: str | None = connection.execute(select(meta.c.value).where(meta.c.key == "installation")).scalar()
    return found


def make_installation(connection: Connection) -> str:
    """The installation's id; whoever comes first makes it."""
    make: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {"key": "installation", "value": secrets.token_hex(16)}
    connection.execute(make(meta).values(row).on_conflict_do_nothing(index_elements=["key"]))
    return known_installation(connection) or row["value"]
