"""The outbox's twin: the same promises, kept in one process's memory."""
# ruff: noqa: D102 (what each method does is told once, at `Outbox`)

import threading
from collections.abc import Sequence
from typing import Any

from bot.ledger.outbox import HOLD_SECONDS, LONGEST_SECONDS, NEVER, DeliveryState, Posted, new_row, now_utc, posted
from bot.model.delivery import Delivery

_PENDING, _SENT, _GONE = (state.value for state in DeliveryState)
_Row = dict[str, Any]


class MemoryOutbox:
    """An outbox that needs no database; what each method does, takes and raises stands at `Outbox`."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}
        self._lock = threading.RLock()

    def put(self, deliveries: Sequence[Delivery]) -> None:
        now = now_utc()
        with self._lock:
            for delivery in deliveries:
                new = new_row(delivery, now)
                row = self._rows.setdefault(delivery.key, new)
                if new["version"] > row["version"]:
                    again = {"state": _PENDING, "next_at": 0.0} if row["state"] == _SENT else {}
                    taken = {name: new[name] for name in ("payload", "version", "urgent", "updated_at")}
                    row.update(taken, plain=False, **again)

    def payloads(self, prefix: str) -> list[str]:
        with self._lock:
            return [row["payload"] for key, row in self._rows.items() if key.startswith(prefix)]

    def get(self, key: str) -> Posted | None:
        with self._lock:
            return self._value(self._rows[key]) if key in self._rows else None

    def due(self, now: float, limit: int = 200) -> list[Posted]:
        with self._lock:
            pending = [row for row in self._rows.values() if row["state"] == _PENDING and _its_time(row, now)]
            ready = sorted((row for row in pending if self._may_come(row)), key=lambda row: not row["urgent"])
            return [self._value({**row, "payload": ""}) for row in ready[:limit]]

    def _may_come(self, row: _Row) -> bool:
        if not row["parent"]:
            return True
        siblings = [other for other in self._rows.values() if other["parent"] == row["parent"]]
        earlier = siblings[: siblings.index(row)]
        if any(other["state"] == _PENDING and not other["ts"] for other in earlier):
            return False
        parent = self._rows.get(row["parent"])
        if parent is None or parent["state"] == _GONE:
            return True
        return bool(parent["ts"]) and (not row["urgent"] or parent["state"] == _SENT)

    def begin(self, key: str, now: float) -> Posted | None:
        with self._lock:
            row = self._rows.get(key)
            if row is None or row["state"] != _PENDING:
                return None
            tried_at = row["tried_at"] if row["doubtful"] else now
            row.update(attempt=row["attempt"] + 1, tried_version=row["version"], tried_at=tried_at)
            row.update(doubtful=not row["ts"], next_at=now + HOLD_SECONDS)
            return self._value(row)

    def sent(self, begun: Posted, ts: str, now: float) -> None:
        with self._lock:
            row = self._rows.get(begun.delivery.key)
            if row is not None and row["attempt"] == begun.attempt:
                self._show(row, ts, begun.delivery.version, now)
            elif row is not None and row["state"] != _GONE:
                row.update(ts=row["ts"] or ts, sent_version=NEVER, state=_PENDING)

    def found(self, key: str, ts: str, now: float) -> None:
        with self._lock:
            if key in self._rows and not self._rows[key]["ts"]:
                self._show(self._rows[key], ts, self._rows[key]["tried_version"], now)

    def _show(self, row: _Row, ts: str, version: int, now: float) -> None:
        state = _SENT if row["version"] == version else _PENDING
        row.update(ts=ts, sent_version=version, state=state, sent_at=now, next_at=0.0, doubtful=False, failures=0)
        row["updated_at"] = now_utc()

    def absent(self, key: str) -> None:
        self._change(key, doubtful=False)

    def later(self, key: str, at: float, *, doubtful: bool, failed: bool, reason: str = "") -> None:
        with self._lock:
            failures = self._rows[key]["failures"] + int(failed) if key in self._rows else 0
            self._change(key, next_at=at, doubtful=doubtful, failures=failures, reason=reason)

    def plainly(self, key: str, reason: str) -> None:
        self._change(key, plain=True, doubtful=False, next_at=0.0, reason=reason)

    def anew(self, key: str, *, channel: str = "", reason: str = "") -> None:
        with self._lock:
            place = {"channel": channel, "thread": ""} if channel else {}
            copies = self._rows[key]["copies"] + 1 if key in self._rows else 0
            fresh = {"ts": "", "sent_version": NEVER, "state": _PENDING, "copies": copies, "next_at": 0.0}
            self._change(key, **fresh, **place, doubtful=False, failures=0, reason=reason)

    def gone(self, key: str, reason: str) -> None:
        self._change(key, state=_GONE, doubtful=False, reason=reason)

    def forget(self, before: float) -> int:
        with self._lock:
            rows = self._rows.items()
            old = [key for key, row in rows if row["state"] != _PENDING and row["updated_at"].timestamp() < before]
            for key in old:
                del self._rows[key]
            return len(old)

    def _change(self, key: str, **values: Any) -> None:
        with self._lock:
            if key in self._rows:
                self._rows[key].update(values, updated_at=now_utc())

    def _value(self, row: _Row) -> Posted:
        return posted(row, self._rows.get(row["parent"]))


def _its_time(row: _Row, now: float) -> bool:
    return bool(row["next_at"] <= now or row["next_at"] > now + LONGEST_SECONDS)
