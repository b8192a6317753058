"""The audit for other programs: rows enter from the ledger, lines leave; and whether its chain holds."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.ledger import Ledger, Verdict, digest, verify

COLUMNS = (
    *("id", "at", "run_id", "incident_id", "service", "action", "environment", "actor", "origin", "channel"),
    *("status", "result", "reason", "parameters", "hosts", "revision", "previous", "hash"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The flow with the one station that it passes."""

    ledger: Ledger

    def handle(self, since: datetime | None, kind: str) -> Iterator[str]:
        """The lines of the export, oldest row first, without their ends."""
        yield from FORMATS[kind](_told(row) for row in self._rows(since))

    def check(self) -> Verdict:
        """Walk the whole chain; retention may move its beginning meanwhile, then once more."""
        while True:
            chain = self.ledger.audit_chain()
            verdict = verify(self._rows(None), chain)
            if verdict.broken is None or self.ledger.audit_chain().anchor_id == chain.anchor_id:
                return verdict

    def _rows(self, since: datetime | None) -> Iterator[Mapping[Any, Any]]:
        after = 0
        while page := self.ledger.audit_page(after, since):
            yield from page
            after = page[-1]["id"]


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row as other programs get it, with its own hash."""
    return {**row, "at": row["at"].isoformat(), "hash": digest(row)}


def _jsonl(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        deep = {name: json.loads(row[name]) for name in ("parameters", "hosts")}
        yield json.dumps({name: {**row, **deep}[name] for name in COLUMNS})


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield _line(COLUMNS)
    for row in rows:
        yield _line(_harmless(row[name]) for name in COLUMNS)


def _line(cells: Any) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    """Spreadsheets take such a text for a formula: an apostrophe in front makes it a text again."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


FORMATS: Mapping[str, Callable[[Iterator[dict[str, Any]]], Iterator[str]]] = {"jsonl": _jsonl, "csv": _csv}
"""What `--format` takes; the first when it is left out."""
