"""What is wrong with a file and where: flaws found while reading in, CatalogProblems out."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

Place = tuple[str | int, ...]
"""Keys and list positions that lead to a value in a YAML file, from the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing wrong: the place in the file, one sentence on what is wrong, one on what would be right."""

    place: Place
    what: str
    remedy: str


class Unreadable(Exception):
    """A file that cannot be read as YAML at all: line from 1, what is wrong, what would be right."""

    def __init__(self, line: int, what: str, remedy: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what
        self.remedy = remedy


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean ...?` with the nearest of `known`, else the sentence that lists them."""
    names = sorted(known)
    near = difflib.get_close_matches(word[:80], names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]}?"
    return f"Known are: {', '.join(names)}." if names else ""


def shown(text: object, limit: int = 60) -> str:
    """`text` as it may stand in a sentence: one line, printable, at most `limit` characters."""
    clean = "".join(character if character.isprintable() else "?" for character in str(text)[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
