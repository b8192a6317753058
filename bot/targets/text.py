"""Texts for people: anything in, one printable line out; a word and known names in, near names out."""

from collections.abc import Iterable

from rapidfuzz import fuzz, process

_LONGEST_NAME = 100


def shown(text: object, limit: int = 80) -> str:
    """`text` as it may stand in a sentence: one line, printable, at most `limit` characters."""
    clean = "".join(character if character.isprintable() else " " for character in str(text)[: limit + 1])
    clean = " ".join(clean.split())
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean a or b?`, or nothing when no name is near."""
    if not word or len(word) > _LONGEST_NAME:
        return ""
    found = process.extract(word, list(known), scorer=fuzz.ratio, processor=str.lower, limit=3, score_cutoff=60)
    return f"Did you mean {' or '.join(shown(name) for name, _, _ in found)}?" if found else ""
