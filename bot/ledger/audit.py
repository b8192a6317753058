"""Statements about the audit: rows are appended to its chain and read, never changed; old ones leave at its start."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, select, update

from bot.ledger.chain import Chain, digest
from bot.ledger.rows import Row, audit_row, audit_value
from bot.ledger.runs import settled
from bot.ledger.tables import audit_chain, automation_events, runs
from bot.ledger.values import AuditQuestion, AutomationEvent, at_most

_own = automation_events.c
_MOVE_ON = update(audit_chain).values(head_id=bindparam("head_id"), head_hash=bindparam("head_hash"))


def record(connection: Connection, event: AutomationEvent, now: datetime) -> None:
    """Append one row; the chain's own row is held until the transaction ends, so that writers come one by one."""
    row = audit_row(event, now, previous=_held(connection).head_hash)
    made = connection.execute(insert(automation_events), row).inserted_primary_key
    assert made is not None  # noqa: S101 (an insert of one row always has a key)
    head = {"head_id": made[0], "head_hash": digest({**row, "id": made[0]})}
    connection.execute(_MOVE_ON, head)


def record_once(connection: Connection, event: AutomationEvent, now: datetime) -> None:
    """The same unless it is there; who asks holds the chain, so that of two who tell it at once one comes second."""
    _held(connection)
    same = _own.result != "" if event.result else _own.status == event.status
    if connection.execute(select(_own.id).where(_own.run_id == event.run_id, same).limit(1)).first() is None:
        record(connection, event, now)


def recorded(connection: Connection, question: AuditQuestion) -> list[AutomationEvent]:
    """Rows, newest first."""
    asked = select(automation_events).order_by(_own.id.desc()).limit(at_most(question.last))
    for name in ("run_id", "incident_id", "actor", "environment"):
        if (wanted := getattr(question, name)) is not None:
            asked = asked.where(_own[name] == wanted)
    return [audit_value(row) for row in connection.execute(asked).mappings()]


def chain(connection: Connection) -> Chain:
    """The two ends as they are now."""
    return _chain(connection, select(audit_chain))


def page(connection: Connection, after: int, since: datetime | None, most: int) -> list[Row]:
    """Rows with an id over `after`, oldest first, as they are stored."""
    asked = select(automation_events).where(_own.id > after).order_by(_own.id).limit(most)
    if since is not None:
        asked = asked.where(_own.at >= since)
    return [dict(row) for row in connection.execute(asked).mappings()]


def prune(connection: Connection, before: datetime, most: int) -> int:
    """Take out the oldest rows, up to the first that is younger than `before` or about a run that is not settled."""
    chain_ = _held(connection)
    asked = select(automation_events).where(_own.id > chain_.anchor_id).order_by(_own.id).limit(most)
    gone = list(_old(connection, connection.execute(asked).mappings().all(), before))
    if not gone:
        return 0
    anchor = {"anchor_id": gone[-1]["id"], "anchor_hash": digest(gone[-1])}
    connection.execute(update(audit_chain).values(anchor))  # first: what is not behind the anchor cannot be deleted
    connection.execute(delete(automation_events).where(_own.id <= gone[-1]["id"]))
    return len(gone)


def _old(connection: Connection, rows: Any, before: datetime) -> Iterator[Row]:
    about = {row["run_id"] for row in rows if row["run_id"] is not None}
    open_ = set(connection.execute(select(runs.c.id).where(runs.c.id.in_(about), ~settled())).scalars())
    for row in rows:
        if row["at"] >= before or row["run_id"] in open_:
            return
        yield row


def _held(connection: Connection) -> Chain:
    """The two ends, held against other writers: by the row's lock, on SQLite by the transaction itself."""
    return _chain(connection, select(audit_chain).with_for_update())


def _chain(connection: Connection, asked: Select[Any]) -> Chain:
    row = connection.execute(asked).mappings().one()
    return Chain(**{name: row[name] for name in ("anchor_id", "anchor_hash", "head_id", "head_hash")})
