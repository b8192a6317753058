"""What a module says it changed (`diff` of a runner event) enters; one unified diff leaves, not yet redacted or cut."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from bot.engine.message import as_text

MAX_COMPARED = 5_000
"""Lines on both sides that are compared; longer texts are shown whole, since comparing takes quadratic time."""


def diff_of(diff: Any, scrub: Callable[[Any], Any]) -> str:
    """Unified diffs of every entry of `diff` (a list, or one alone)."""
    entries = diff if isinstance(diff, list) else [diff]
    return "\n".join(filter(None, (_one(scrub(entry)) for entry in entries if isinstance(entry, Mapping))))


def _one(entry: Mapping[str, Any]) -> str:
    notes = [f"({side} is binary, no diff)" for side in ("src", "dst") if entry.get(f"{side}_binary")]
    notes += [
        f"({side} is larger than {entry[f'{side}_larger']} bytes, no diff)"
        for side in ("src", "dst")
        if entry.get(f"{side}_larger")
    ]
    if entry.get("prepared"):
        notes.append(as_text(entry["prepared"]))
    if "before" in entry or "after" in entry:
        notes.append(_compared(entry))
    return "\n".join(filter(None, notes))


def _compared(entry: Mapping[str, Any]) -> str:
    before, after = (_lines(entry.get(side)) for side in ("before", "after"))
    old, new = (f"{side}{_header(entry.get(f'{side}_header'))}" for side in ("before", "after"))
    if len(before) + len(after) > MAX_COMPARED:
        whole = [f"-{line}" for line in before] + [f"+{line}" for line in after]
        return "\n".join([f"--- {old}", f"+++ {new}", *whole])
    return "\n".join(line.rstrip("\n") for line in difflib.unified_diff(before, after, old, new, lineterm=""))


def _lines(side: Any) -> list[str]:
    return [] if side in (None, "") else as_text(side).splitlines()


def _header(header: Any) -> str:
    return f": {header}" if header else ""
