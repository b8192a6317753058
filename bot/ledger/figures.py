"""Statements for metrics: each reads what is new after an id, by the table's own key."""

from sqlalchemy import Connection, select

from bot.ledger.rows import Row
from bot.ledger.tables import automation_events, runs
from bot.ledger.values import RunFigure
from bot.model.status import RunStatus

DECISIONS = ("refused", "requires_manual")


def figures(connection: Connection, after: int, most: int) -> list[RunFigure]:
    """Runs with an id over `after`, oldest first."""
    columns = (runs.c[name] for name in ("id", "runbook", "service", "status", "created_at", "started_at", "ended_at"))
    asked = select(*columns).where(runs.c.id > after).order_by(runs.c.id).limit(most)
    return [figure(row) for row in connection.execute(asked).mappings()]


def figure(row: Row) -> RunFigure:
    """What is counted of one run."""
    created, started, ended = row["created_at"], row["started_at"], row["ended_at"]
    return RunFigure(
        id=row["id"],
        runbook=row["runbook"],
        service=row["service"],
        status=RunStatus(row["status"]),
        waited=None if started is None else (started - created).total_seconds(),
        took=None if started is None or ended is None else (ended - started).total_seconds(),
    )


def decisions(connection: Connection, after: int, most: int) -> list[tuple[int, str, str, str]]:
    """Id, status, action and result of audit rows over `after` that say no, or ask for a person; oldest first."""
    own = automation_events.c
    asked = select(own.id, own.status, own.action, own.result).where(own.id > after, own.status.in_(DECISIONS))
    found = connection.execute(asked.order_by(own.id).limit(most))
    return [(row[0], row[1], row[2], row[3]) for row in found]
