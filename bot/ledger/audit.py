"""Statements about the audit and the installation: rows are appended and read, never changed."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.ledger.rows import audit_row, audit_value
from bot.ledger.tables import automation_events, meta
from bot.ledger.values import AutomationEvent, at_most


def record(connection: Connection, event: AutomationEvent, now: datetime) -> None:
    """Append one row."""
    connection.execute(insert(automation_events), audit_row(event, now))


def recorded(connection: Connection, run_id: int | None, last: int) -> list[AutomationEvent]:
    """Rows, newest first."""
    question = select(automation_events).order_by(automation_events.c.id.desc()).limit(at_most(last))
    if run_id is not None:
        question = question.where(automation_events.c.run_id == run_id)
    return [audit_value(row) for row in connection.execute(question).mappings()]


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
