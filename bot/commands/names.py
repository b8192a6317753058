"""Near names and safe quotation: a word that nobody knows enters, what was probably meant leaves."""

from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.errors import UnknownName
from bot.model.words import some

LONGEST_WORD = 100
"""Characters of a mistyped word that are compared; no name of ours is longer."""
_ALIKE = 0.6
_SHOWN = 60


def near(word: str, names: Sequence[str], limit: int = 3) -> tuple[str, ...]:
    """At most `limit` of `names` that look like `word`, the nearest first; 10,000 names take a few milliseconds."""
    wanted = word[:LONGEST_WORD].casefold()
    if not wanted:
        return ()
    folded = [name[:LONGEST_WORD].casefold() for name in names]
    alike = process.extract(wanted, folded, scorer=OSA.normalized_similarity, score_cutoff=_ALIKE, limit=limit)
    same = [index for _, score, index in alike if score == 1]
    begun = [index for index, name in enumerate(folded) if len(wanted) > 1 and name.startswith(wanted)][:limit]
    within = [index for index, name in enumerate(folded) if len(wanted) > 2 and wanted in name][:limit]  # noqa: PLR2004
    order = [*same, *begun, *(index for _, _, index in alike), *within]
    return tuple(dict.fromkeys(names[index] for index in order))[:limit]


def shown(word: str) -> str:
    """The word in quotes as a sentence may repeat it: bounded, without characters that print strangely."""
    cut = word if len(word) <= _SHOWN else word[: _SHOWN - 1] + "\u2026"
    return '"' + "".join(mark if mark.isprintable() else f"\\u{ord(mark):04x}" for mark in cut) + '"'


def did_you_mean(names: Sequence[str]) -> str:
    """The question with one name or several in it."""
    *first, last = names
    return f"Did you mean {', '.join(first)} or {last}?" if first else f"Did you mean {last}?"


def known(kind: str, word: str, names: Sequence[str], otherwise: str) -> str:
    """The word itself; raises UnknownName when it is none of `names`, with near ones or all as the remedy."""
    if word in names:
        return word
    listed = f"There are: {some(names)}." if names else "There is none yet."
    close = near(word, names)
    remedy = did_you_mean(close) if close else f"{listed} {otherwise}".strip()
    raise UnknownName(f"There is no {kind} {shown(word.partition('=')[0])}.", remedy)
