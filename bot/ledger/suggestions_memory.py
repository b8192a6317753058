"""The twin of the ledger's suggestions: the same promises, kept in one process's memory."""
# ruff: noqa: D102 (what each method does is told once, at `Suggestions`)

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.ledger import suggestion_rows as rows
from bot.ledger.values import at_most
from bot.model.suggestion import Call, Suggestion, SuggestionState

_Row = dict[str, Any]


class MemorySuggestions:
    """Suggestions without a database; what each method does, takes and raises stands at `Suggestions`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._rows: dict[int, _Row] = {}
        self._calls: dict[int, _Row] = {}

    def add(self, suggestion: Suggestion) -> tuple[Suggestion, bool]:
        with self._lock:
            number, new = _insert(self._rows, rows.suggestion_row(suggestion))
            return rows.suggestion_value(self._rows[number]), new

    def change(self, suggestion: Suggestion, before: SuggestionState) -> bool:
        with self._lock:
            there = self._rows.get(suggestion.id)
            if there is None or there["state"] != before.value:
                return False
            self._rows[suggestion.id] = {"id": suggestion.id, **rows.suggestion_row(suggestion)}
            return True

    def get(self, suggestion_id: int) -> Suggestion:
        with self._lock:
            if suggestion_id not in self._rows:
                raise rows.no_such_suggestion(suggestion_id)
            return rows.suggestion_value(self._rows[suggestion_id])

    def of_incidents(self, incident_ids: Sequence[int]) -> list[Suggestion]:
        return [each for each in self._all() if each.incident_id in incident_ids][: at_most(1000)]

    def find(self, *states: SuggestionState, actor: str | None = None, last: int = 1000) -> list[Suggestion]:
        found = [each for each in self._all() if each.state in states and actor in (None, each.actor)]
        return found[::-1][: at_most(last)]

    def add_call(self, call: Call) -> None:
        with self._lock:
            _insert(self._calls, rows.call_row(call))

    def due_calls(self, now: datetime) -> list[Call]:
        with self._lock:
            found = [rows.call_value(row) for row in self._calls.values()]
        return [call for call in found if call.next_at is not None and call.next_at <= now]

    def move_call(self, call: Call, before: int) -> bool:
        with self._lock:
            there = self._calls.get(call.id)
            if there is None or there["step"] != before or there["next_at"] is None:
                return False
            self._calls[call.id] = {"id": call.id, **rows.call_row(call)}
            return True

    def _all(self) -> list[Suggestion]:
        with self._lock:
            return [rows.suggestion_value(row) for row in self._rows.values()]


def _insert(table: dict[int, _Row], row: _Row) -> tuple[int, bool]:
    """The number of the row of that key, and whether it is new."""
    for number, there in table.items():
        if there["key"] == row["key"]:
            return number, False
    number = len(table) + 1
    table[number] = {"id": number, **row}
    return number, True
