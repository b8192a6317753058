"""Statements that take out what is old: events of settled runs, a bounded number in one transaction."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from bot.ledger.runs import settled
from bot.ledger.tables import run_events, runs

RUNS_LOOKED_AT = 200
"""How many runs with events are looked at in one go; those of a young run end it."""


def prune_events(connection: Connection, before: datetime, most: int) -> int:
    """Take out at most `most` events of runs that are settled and ended before; how many those were.

    The runs that have events are found one after the other in the table's own key, so nothing is scanned.
    """
    last = 0
    for _ in range(RUNS_LOOKED_AT):
        asked = select(func.min(run_events.c.run_id)).where(run_events.c.run_id > last)
        last = connection.execute(asked).scalar() or 0
        if not last:
            return 0
        ended = connection.execute(select(runs.c.ended_at).where(runs.c.id == last, settled())).scalar()
        if ended is None:  # it is still under way: those that came after it may be old all the same
            continue
        return _prune(connection, last, most) if ended < before else 0
    return 0


def _prune(connection: Connection, run_id: int, most: int) -> int:
    own = run_events.c.run_id == run_id
    newest = select(run_events.c.counter).where(own).order_by(run_events.c.counter).limit(1).offset(most - 1)
    until = connection.execute(newest).scalar()
    wanted = own if until is None else own & (run_events.c.counter <= until)
    return connection.execute(delete(run_events).where(wanted)).rowcount
