"""Statements about what a run reported: its events, its cursor, and how its hosts came out."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.ledger.rows import COUNTS, contiguous, event_row, event_value, outcome_row, outcome_values
from bot.ledger.runs import lock, require
from bot.ledger.tables import run_events, run_hosts, runs
from bot.model.event import RunEvent
from bot.model.run import HostOutcome

_PAGE = 5_000
"""Counters looked at in one step when the cursor moves."""

# Made once: a relay executes them several times a second for each run, and to make them takes longer than that.
_LATER = (
    select(run_events.c.counter)
    .where(run_events.c.run_id == bindparam("run"), run_events.c.counter > bindparam("after"))
    .order_by(run_events.c.counter)
    .limit(_PAGE)
)
_CURSOR = select(runs.c.cursor).where(runs.c.id == bindparam("run"))
_MOVE = update(runs).where(runs.c.id == bindparam("run"))


def add_events(connection: Connection, run_id: int, events: Sequence[RunEvent]) -> None:
    """Insert what is not there yet and move the cursor."""
    if any(event.run_id != run_id for event in events):
        raise ValueError(f"events of another run among those of run {run_id}")
    cursor = lock(connection, run_id)
    if not events:
        return
    connection.execute(_ADD[connection.dialect.name], [event_row(event) for event in events])
    moved = _reach(connection, run_id, cursor)
    if moved != cursor:
        connection.execute(_MOVE, {"run": run_id, "cursor": moved})


def _reach(connection: Connection, run_id: int, start: int) -> int:
    """How far the stored counters go from `start` without a gap."""
    while True:
        counters = connection.execute(_LATER, {"run": run_id, "after": start}).scalars().all()
        reached = contiguous(start, counters)
        if len(counters) < _PAGE or reached != counters[-1]:
            return reached
        start = reached


def events(connection: Connection, run_id: int, after: int, limit: int) -> list[RunEvent]:
    """Events over `after`, in order."""
    later = (run_events.c.run_id == run_id) & (run_events.c.counter > after)
    question = select(run_events).where(later).order_by(run_events.c.counter).limit(max(0, limit))
    found = [event_value(row) for row in connection.execute(question).mappings()]
    if not found:
        require(connection, run_id)
    return found


def cursor(connection: Connection, run_id: int) -> int:
    """How far the stored events go without a gap."""
    found: int | None = connection.execute(_CURSOR, {"run": run_id}).scalar()
    if found is None:
        require(connection, run_id)
    return found or 0


def set_outcomes(connection: Connection, run_id: int, outcomes: Sequence[HostOutcome]) -> None:
    """Insert or replace; a host's place in the plan stays."""
    lock(connection, run_id)
    if not outcomes:
        return
    statement = _insert(connection.dialect.name, run_hosts)
    replaced = {name: statement.excluded[name] for name in COUNTS}
    upsert = statement.on_conflict_do_update(index_elements=["run_id", "host"], set_=replaced)
    connection.execute(upsert, [outcome_row(run_id, outcome) for outcome in outcomes])


def outcomes(connection: Connection, run_id: int) -> list[HostOutcome]:
    """All hosts of the run."""
    require(connection, run_id)
    question = select(run_hosts).where(run_hosts.c.run_id == run_id)
    return outcome_values(connection.execute(question).mappings())


def _insert(dialect: str, table: Table) -> Any:
    """The dialect's own INSERT, which knows ON CONFLICT; both speak it alike."""
    make: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement: Insert = make(table)
    return statement


_ADD = {
    dialect: _insert(dialect, run_events).on_conflict_do_nothing(index_elements=["run_id", "counter"])
    for dialect in ("sqlite", "postgresql")
}
"""Events that are not there yet, in each dialect."""
