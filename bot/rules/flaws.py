"""What is wrong with a rulebook, and where: places in a file enter, RulebookProblems leave."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.lined import Lined, LinedList
from bot.model.rule import RulebookProblem

Place = tuple[str | int, ...]
"""Keys and list positions that lead to a value, from the top of the file."""

INVALID = "rulebook-invalid"
UNKNOWN = "rulebook-unknown-name"
AMBIGUOUS = "rulebook-ambiguous"
DIFFERENT = "rulebook-differs"
UNSAFE = "rulebook-only-suggests"
SLOW = "rulebook-slow-pattern"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing wrong, with the name that lint has for its kind."""

    place: Place
    what: str
    remedy: str
    rule: str = INVALID


def problem(file: str, tree: Any, flaw: Flaw) -> RulebookProblem:
    """The flaw with the line of the deepest part of its place that is there."""
    line = line_of(tree, flaw.place)
    return RulebookProblem(rule=flaw.rule, file=file, line=line, what=flaw.what, remedy=flaw.remedy)


def line_of(tree: Any, place: Place) -> int:
    """The line, from 1, of a place; that of the nearest one around it when it is not there."""
    line: int = getattr(tree, "line", 1)
    for part in place:
        if isinstance(tree, Lined) and isinstance(part, str) and part in tree:
            line, tree = tree.line_of(part), tree[part]
        elif isinstance(tree, LinedList) and isinstance(part, int) and part < len(tree):
            line, tree = tree.lines[part], tree[part]
        else:
            break
    return line


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean ...?` with the nearest of `known`, else the sentence that lists them."""
    names = sorted(known)
    near = difflib.get_close_matches(word[:80], names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]}?"
    return f"Known are: {shown(', '.join(names), 300)}." if names else "There are none."


def shown(text: object, limit: int = 60) -> str:
    """`text` as it may stand in a sentence: one line, printable, at most `limit` characters."""
    clean = "".join(character if character.isprintable() else "?" for character in str(text)[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
