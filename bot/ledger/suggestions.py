"""The door to suggestions of rules: what every such ledger promises; one contract suite holds all of them to it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.model.suggestion import Call, Suggestion, SuggestionState


class Suggestions(Protocol):
    """Safe for many threads and processes at once; every method may raise Unavailable. Times that come out are UTC."""

    def add(self, suggestion: Suggestion) -> tuple[Suggestion, bool]:
        """Keep it, with its `id`, and True; when there is one of the same `key`, that one and False."""

    def change(self, suggestion: Suggestion, before: SuggestionState) -> bool:
        """Put it in the place of the one of its id, if that is still in the state `before`; whether it was."""

    def get(self, suggestion_id: int) -> Suggestion:
        """The one of that id; UnknownName when there is none."""

    def of_incidents(self, incident_ids: Sequence[int]) -> list[Suggestion]:
        """Those of some incidents (1,000 at most), oldest first."""

    def find(self, *states: SuggestionState, actor: str | None = None, last: int = 1000) -> list[Suggestion]:
        """The `last` in one of the states (1,000 at most), of one rule when `actor` says so, newest first."""

    def add_call(self, call: Call) -> None:
        """Keep it, unless there is one of the same `key`."""

    def due_calls(self, now: datetime) -> list[Call]:
        """Those whose time has come, oldest first."""

    def move_call(self, call: Call, before: int) -> bool:
        """Put it in the place of the one of its id, if that is still at the step `before`; whether it was."""
