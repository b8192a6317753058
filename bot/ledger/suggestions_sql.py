"""The real suggestions: each method is one transaction on SQLite or PostgreSQL."""
# ruff: noqa: D102 (what each method does is told once, at `Suggestions`)

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, insert, select, text, update

from bot.ledger import suggestion_rows as rows
from bot.ledger.database import Database
from bot.ledger.tables import calls, suggestions
from bot.ledger.values import NAME_LENGTH, at_most, clean
from bot.model.suggestion import Call, Suggestion, SuggestionState

_LARGEST_ID = 2**31 - 1
_LOCK_KEY = 0x5167_6E61_6C53_7567  # any number that is ours; PostgreSQL's advisory locks share one space


class SqlSuggestions:
    """Suggestions in a ledger's database; what each method does stands at `Suggestions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, suggestion: Suggestion) -> tuple[Suggestion, bool]:
        with self._database.writing() as connection:
            new = self._insert(connection, suggestions, rows.suggestion_row(suggestion))
            found = _only(connection, select(suggestions).where(suggestions.c.key == _key(suggestion.key)))
            return rows.suggestion_value(found), new

    def change(self, suggestion: Suggestion, before: SuggestionState) -> bool:
        that = (suggestions.c.id == suggestion.id) & (suggestions.c.state == before.value)
        with self._database.writing() as connection:
            done = connection.execute(update(suggestions).where(that).values(rows.suggestion_row(suggestion)))
            return bool(done.rowcount)

    def get(self, suggestion_id: int) -> Suggestion:
        asked = select(suggestions).where(suggestions.c.id == suggestion_id)
        with self._database.reading() as connection:
            known = 0 < suggestion_id <= _LARGEST_ID
            row = connection.execute(asked).mappings().first() if known else None
        if row is None:
            raise rows.no_such_suggestion(suggestion_id)
        return rows.suggestion_value(row)

    def of_incidents(self, incident_ids: Sequence[int]) -> list[Suggestion]:
        those = suggestions.c.incident_id.in_(incident_ids)
        return self._found(select(suggestions).where(those).order_by(suggestions.c.id).limit(at_most(1000)))

    def find(self, *states: SuggestionState, actor: str | None = None, last: int = 1000) -> list[Suggestion]:
        asked = select(suggestions).where(suggestions.c.state.in_([state.value for state in states]))
        if actor is not None:
            asked = asked.where(suggestions.c.actor == clean(actor))
        return self._found(asked.order_by(suggestions.c.id.desc()).limit(at_most(last)))

    def add_call(self, call: Call) -> None:
        with self._database.writing() as connection:
            self._insert(connection, calls, rows.call_row(call))

    def due_calls(self, now: datetime) -> list[Call]:
        asked = select(calls).where(calls.c.next_at <= now).order_by(calls.c.id).limit(at_most(1000))
        with self._database.reading() as connection:
            return [rows.call_value(row) for row in connection.execute(asked).mappings()]

    def move_call(self, call: Call, before: int) -> bool:
        that = (calls.c.id == call.id) & (calls.c.step == before) & calls.c.next_at.is_not(None)
        with self._database.writing() as connection:
            return bool(connection.execute(update(calls).where(that).values(rows.call_row(call))).rowcount)

    def _insert(self, connection: Connection, table: Table, row: dict[str, Any]) -> bool:
        """Make the row unless there is one of its key; one at a time, so that of two the second finds the first."""
        if not self._database.sqlite:  # whose writers come one by one anyway
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        if connection.scalar(select(table.c.id).where(table.c.key == row["key"])) is not None:
            return False
        connection.execute(insert(table), row)
        return True

    def _found(self, asked: Select[Any]) -> list[Suggestion]:
        with self._database.reading() as connection:
            return [rows.suggestion_value(row) for row in connection.execute(asked).mappings()]


def _only(connection: Connection, asked: Select[Any]) -> Any:
    return connection.execute(asked).mappings().one()


def _key(key: str) -> str:
    return clean(key, NAME_LENGTH)
