"""The chain of the audit: rows enter, the hash of each leaves, and where the chain is broken.

Every row holds the hash of the row before it, a SHA-256 over a canonical encoding of all its columns. So a row that is
changed, taken out or put in later breaks the chain at the row after it, and the last one at the end that is kept apart.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.ledger.values import utc

GENESIS = "0" * 64
"""What the very first row holds."""

_VERSION = "signalbox-audit-1"
COLUMNS = (
    *("id", "at", "run_id", "incident_id", "service", "action", "environment", "actor", "origin", "channel"),
    *("status", "result", "reason", "parameters", "hosts", "revision", "previous"),
)
"""What is hashed, in this order; parameters and hosts as the JSON text that is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The two ends with their hashes: the anchor is the row before the first that is kept, the head the last row."""

    anchor_id: int
    anchor_hash: str
    head_id: int
    head_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How many rows were looked at, and the first broken one (its id, and why); None when the chain holds."""

    rows: int
    broken: int | None = None
    why: str = ""


def digest(row: Mapping[Any, Any]) -> str:
    """The hash of a row: a JSON list of its columns, times as UTC with microseconds."""
    values = [utc(row[name]).isoformat(timespec="microseconds") if name == "at" else row[name] for name in COLUMNS]
    text = json.dumps([_VERSION, *values], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def verify(rows: Iterable[Mapping[Any, Any]], chain: Chain) -> Verdict:
    """Walk the rows, oldest first, from the anchor to the head; rows that came after the head was read are left out."""
    expected, last, count = chain.anchor_hash, chain.anchor_id, 0
    for row in rows:
        if row["id"] > chain.head_id:
            break
        if row["previous"] != expected:
            return Verdict(rows=count, broken=row["id"], why=f"It does not follow from row {last}.")
        expected, last, count = digest(row), row["id"], count + 1
    if (last, expected) != (chain.head_id, chain.head_hash):
        why = "It is not as it was written." if last == chain.head_id else "It is missing, and it was the last one."
        return Verdict(rows=count, broken=chain.head_id, why=why)
    return Verdict(rows=count)
