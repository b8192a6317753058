"""The audit of the ledger's twin: rows are appended to its chain and read, never changed; old ones leave."""
# ruff: noqa: D102 (what each method does is told once, at `Ledger`)

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

from bot.ledger import rows
from bot.ledger.chain import GENESIS, Chain, digest
from bot.ledger.values import AuditQuestion, AutomationEvent, at_most


class MemoryAudit:
    """A part of `MemoryLedger`; `settled` says whether a run is over and told, or there is none."""

    def __init__(self, settled: Callable[[int | None], bool]) -> None:
        self._is_settled = settled
        self._writing = threading.RLock()
        self._audit: list[dict[str, Any]] = []
        self._chain = Chain(anchor_id=0, anchor_hash=GENESIS, head_id=0, head_hash=GENESIS)

    def record(self, event: AutomationEvent) -> None:
        with self._writing:
            row = rows.kept_row(rows.audit_row(event, datetime.now(UTC), previous=self._chain.head_hash))
            row["id"] = self._chain.head_id + 1
            self._audit.append(row)
            self._chain = replace(self._chain, head_id=row["id"], head_hash=digest(row))

    def record_once(self, event: AutomationEvent) -> None:
        with self._writing:
            about = [row for row in self._audit if row["run_id"] == event.run_id]
            if not any(row["result"] if event.result else row["status"] == event.status for row in about):
                self.record(event)

    def recorded(self, run_id: int | None = None, last: int = 100) -> list[AutomationEvent]:
        return self.audited(AuditQuestion(run_id=run_id, last=last))

    def audited(self, question: AuditQuestion) -> list[AutomationEvent]:
        asked = {name: getattr(question, name) for name in ("run_id", "incident_id", "actor", "environment")}
        wanted = {name: value for name, value in asked.items() if value is not None}
        with self._writing:
            found = [row for row in self._audit if all(row[name] == value for name, value in wanted.items())]
        return [rows.audit_value(row) for row in found[::-1][: at_most(question.last)]]

    def audit_chain(self) -> Chain:
        return self._chain

    def audit_page(self, after: int, since: datetime | None = None, most: int = 1000) -> list[rows.Row]:
        with self._writing:
            found = [row for row in self._audit if row["id"] > after and (since is None or row["at"] >= since)]
        return [dict(row) for row in found[:most]]

    def prune_audit(self, before: datetime, most: int = 500) -> int:
        with self._writing:
            gone = list(
                takewhile(lambda row: row["at"] < before and self._is_settled(row["run_id"]), self._audit[:most])
            )
            if gone:
                self._chain = replace(self._chain, anchor_id=gone[-1]["id"], anchor_hash=digest(gone[-1]))
                self._audit = self._audit[len(gone) :]
            return len(gone)

    def decisions(self, after: int, most: int) -> list[tuple[int, str, str, str]]:
        found = (row for row in self._audit if row["id"] > after and row["status"] in rows.DECISIONS)
        return [(row["id"], row["status"], row["action"], row["result"]) for row in found][:most]
