"""The real outbox: each method is one transaction on SQLite or PostgreSQL."""
# ruff: noqa: D102 (what each method does is told once, at `Outbox`)

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Insert, Select, and_, case, delete, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.ledger.database import Database
from bot.ledger.outbox import HOLD_SECONDS, LONGEST_SECONDS, NEVER, DeliveryState, Posted, new_row, now_utc, posted
from bot.ledger.rows import Row
from bot.ledger.tables import deliveries
from bot.model.delivery import Delivery

_PENDING, _SENT, _GONE = (state.value for state in DeliveryState)
_own = deliveries.c
_parents, _before = deliveries.alias("parents"), deliveries.alias("before")
_place = tuple(_parents.c[name].label(f"parent_{name}") for name in ("key", "channel", "thread", "ts", "state"))
_light = tuple(column for column in deliveries.columns if column.name != "payload")
_QUIET: dict[str, Any] = {"doubtful": False, "failures": 0, "next_at": 0.0}
"""Nothing is in doubt, nothing has failed, and nothing has to wait."""
_joined = deliveries.outerjoin(_parents, _parents.c.key == _own.parent)


class SqlOutbox:
    """An outbox in a ledger's database; what each method does, takes and raises stands at `Outbox`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, deliveries: Sequence[Delivery]) -> None:
        now = now_utc()
        if deliveries:
            with self._database.writing() as connection:
                connection.execute(_upsert(connection), [new_row(delivery, now) for delivery in deliveries])

    def payloads(self, prefix: str) -> list[str]:
        asked = select(_own.payload).where(_own.key.startswith(prefix, autoescape=True)).order_by(_own.id)
        with self._database.reading() as connection:
            return list(connection.execute(asked).scalars())

    def get(self, key: str) -> Posted | None:
        with self._database.reading() as connection:
            return _get(connection, select(deliveries, *_place).select_from(_joined).where(_own.key == key))

    def due(self, now: float, limit: int = 200) -> list[Posted]:
        its_time = or_(_own.next_at <= now, _own.next_at > now + LONGEST_SECONDS)
        wanted = and_(_own.state == _PENDING, its_time, _may_come())
        asked = select(*_light, *_place).select_from(_joined).where(wanted)
        asked = asked.order_by(_own.urgent.desc(), _own.id).limit(limit)
        with self._database.reading() as connection:
            return [_value(row) for row in connection.execute(asked).mappings()]

    def begin(self, key: str, now: float) -> Posted | None:
        asked = select(deliveries, *_place).select_from(_joined)
        asked = asked.where(_own.key == key, _own.state == _PENDING).with_for_update(of=deliveries)
        with self._database.writing() as connection:
            begun = _get(connection, asked)
            if begun is None:
                return None
            started = {
                "attempt": _own.attempt + 1,
                "tried_version": _own.version,
                "tried_at": case((_own.doubtful, _own.tried_at), else_=now),
                "doubtful": _own.ts == "",
                "next_at": now + HOLD_SECONDS,
            }
            _set(connection, key, started)
            return _get(connection, select(deliveries, *_place).select_from(_joined).where(_own.key == key))

    def sent(self, begun: Posted, ts: str, now: float) -> None:
        key, version = begun.delivery.key, begun.delivery.version
        shown = {"ts": ts, "sent_version": version, "state": _settled(version), "sent_at": now, **_QUIET}
        lost = {"ts": case((_own.ts == "", ts), else_=_own.ts), "sent_version": NEVER, "state": _PENDING}
        with self._database.writing() as connection:
            if not _set(connection, key, shown, _own.attempt == begun.attempt):
                _set(connection, key, lost, _own.state != _GONE)

    def found(self, key: str, ts: str, now: float) -> None:
        shown = {"ts": ts, "sent_version": _own.tried_version, "state": _settled(_own.tried_version), **_QUIET}
        self._change(key, {**shown, "sent_at": now}, _own.ts == "")

    def absent(self, key: str) -> None:
        self._change(key, {"doubtful": False}, _own.ts == "")

    def later(self, key: str, at: float, *, doubtful: bool, failed: bool, reason: str = "") -> None:
        told = {"next_at": at, "doubtful": doubtful, "failures": _own.failures + int(failed), "reason": reason}
        self._change(key, told)

    def plainly(self, key: str, reason: str) -> None:
        self._change(key, {"plain": True, "doubtful": False, "next_at": 0.0, "reason": reason})

    def anew(self, key: str, *, channel: str = "", reason: str = "") -> None:
        fresh: dict[str, Any] = {"ts": "", "sent_version": NEVER, "state": _PENDING, "copies": _own.copies + 1}
        place = {"channel": channel, "thread": ""} if channel else {}
        self._change(key, {**fresh, **place, **_QUIET, "reason": reason})

    def gone(self, key: str, reason: str) -> None:
        self._change(key, {"state": _GONE, "doubtful": False, "reason": reason})

    def forget(self, before: float) -> int:
        old = and_(_own.state != _PENDING, _own.updated_at < datetime.fromtimestamp(before, UTC))
        with self._database.writing() as connection:
            return connection.execute(delete(deliveries).where(old)).rowcount

    def _change(self, key: str, values: dict[str, Any], *also: Any) -> None:
        with self._database.writing() as connection:
            _set(connection, key, values, *also)


def _may_come() -> Any:
    """What stands before it is shown; of what was put earlier for the same parent nothing is left to be posted."""
    shown = and_(_parents.c.ts != "", or_(_own.urgent.is_(False), _parents.c.state == _SENT))
    parent = or_(_own.parent == "", _parents.c.key.is_(None), _parents.c.state == _GONE, shown)
    unposted = and_(_before.c.state == _PENDING, _before.c.ts == "", _before.c.id < _own.id)
    earlier = exists().where(_before.c.parent == _own.parent, unposted)
    return and_(parent, or_(_own.parent == "", ~earlier))


def _upsert(connection: Connection) -> Insert:
    make: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(deliveries)
    new = statement.excluded
    taken: dict[str, Any] = {name: new[name] for name in ("payload", "version", "urgent", "updated_at")}
    taken |= {"plain": False, "state": case((_own.state == _SENT, _PENDING), else_=_own.state)}
    taken |= {"next_at": case((_own.state == _SENT, 0.0), else_=_own.next_at)}
    upsert: Insert = statement.on_conflict_do_update(
        index_elements=["key"], set_=taken, where=new.version > _own.version
    )
    return upsert


def _settled(version: Any) -> Any:
    return case((_own.version == version, _SENT), else_=_PENDING)


def _set(connection: Connection, key: str, values: dict[str, Any], *also: Any) -> bool:
    changed = update(deliveries).where(_own.key == key, *also).values({**values, "updated_at": now_utc()})
    return bool(connection.execute(changed).rowcount)


def _get(connection: Connection, asked: Select[Any]) -> Posted | None:
    row = connection.execute(asked).mappings().first()
    return None if row is None else _value(row)


def _value(row: Row) -> Posted:
    parent = {name.removeprefix("parent_"): row[name] for name in row if str(name).startswith("parent_")}
    return posted(row, parent if parent["key"] is not None else None)
