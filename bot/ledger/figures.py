"""Statements for metrics: each reads what is new after an id, by the table's own key."""

from sqlalchemy import Connection, select

from bot.ledger.rows import DECISIONS, figure
from bot.ledger.tables import automation_events, runs
from bot.ledger.values import RunFigure


def figures(connection: Connection, after: int, most: int) -> list[RunFigure]:
    """Runs with an id over `after`, oldest first."""
    columns = (runs.c[name] for name in ("id", "runbook", "service", "status", "created_at", "started_at", "ended_at"))
    asked = select(*columns).where(runs.c.id > after).order_by(runs.c.id).limit(most)
    return [figure(row) for row in connection.execute(asked).mappings()]


def decisions(connection: Connection, after: int, most: int) -> list[tuple[int, str, str, str]]:
    """Id, status, action and result of audit rows over `after` that say no, or ask for a person; oldest first."""
    own = automation_events.c
    asked = select(own.id, own.status, own.action, own.result).where(own.id > after, own.status.in_(DECISIONS))
    found = connection.execute(asked.order_by(own.id).limit(most))
    return [(row[0], row[1], row[2], row[3]) for row in found]
