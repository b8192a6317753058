"""What the app did that Slack would not bear: each is noted with its kind, and tests assert that there is none."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """One thing done wrong: `kind` is a short word to look for, `detail` a sentence, `at` seconds since the epoch."""

    kind: str
    detail: str
    at: float


class Violations:
    """A list that many threads append to; it is false, and equal to [], as long as nothing is in it."""

    def __init__(self) -> None:
        self._found: list[Violation] = []
        self._lock = threading.Lock()

    def note(self, kind: str, detail: str, at: float) -> None:
        """Add one."""
        with self._lock:
            self._found.append(Violation(kind=kind, detail=detail, at=at))

    def of(self, kind: str) -> list[Violation]:
        """Those of one kind."""
        return [violation for violation in self if violation.kind == kind]

    def clear(self) -> None:
        """Forget all: for a test that made some on purpose."""
        with self._lock:
            self._found.clear()

    def __iter__(self) -> Iterator[Violation]:
        with self._lock:
            return iter(list(self._found))

    def __len__(self) -> int:
        return len(self._found)

    def __eq__(self, other: object) -> bool:
        return list(self) == (list(other) if isinstance(other, Violations) else other)

    __hash__ = None  # it changes

    def __repr__(self) -> str:
        return "\n".join(f"{violation.kind}: {violation.detail}" for violation in self) or "no violations"
