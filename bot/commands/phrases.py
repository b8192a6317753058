"""A runbook's own ways to ask (`say`): a phrase and the words of a line enter, the values of its slots leave."""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.grammar import Branch, Leaf, is_bare
from bot.commands.questioned import CAN
from bot.commands.topics import topics
from bot.model.command import Vocabulary

_SLOT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PLACES = frozenset({"on", "in"})
_LITERALS = frozenset({"WORD", "ON", "IN"})
_VALUES = frozenset({"WORD", "DOUBLE", "SINGLE", "SMART_DOUBLE", "SMART_SINGLE"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A fixed word (folded), or the name of a slot."""

    text: str
    slot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A phrase that the line begins with; the rest of the line begins at `end`."""

    runbook: str
    phrase: str
    slots: dict[str, str]
    end: int
    weight: tuple[int, int]
    """Words taken, fixed words among them: of one runbook's phrases the heaviest is meant."""


def phrase_problems(phrase: str) -> str | None:
    """Why a phrase cannot be used, in one sentence that says what would be right; None when it can."""
    words = phrase.split()
    if not words:
        return "The phrase is empty; write words such as: restart {service} on {limit}."
    pieces = [_piece(word) for word in words]
    first = pieces[0]
    if first.slot or first.text in _PLACES:
        return f"The phrase must begin with a word of its own, not with {words[0]}."
    if first.text == CAN:
        return f"The phrase must not begin with {CAN}: `can I` asks what may be done."
    if first.text in {topic.word for topic in topics()}:
        return f"The phrase must not begin with {first.text}, which is a command."
    if strange := [word for word, piece in zip(words, pieces, strict=True) if not piece.slot and not _is_word(word)]:
        return f"The word {strange[0]} cannot be part of a phrase; write plain words, and slots as {{name}}."
    slots = [piece.text for piece in pieces if piece.slot]
    twice = next((slot for slot in slots if slots.count(slot) > 1), None)
    return f"The slot {{{twice}}} is there twice; each slot may be there once." if twice else None


def begin_with(word: str, vocabulary: Vocabulary) -> list[tuple[str, str]]:
    """Runbook and phrase of every usable phrase that begins with the word."""
    wanted = word.casefold()
    return [
        (runbook, phrase)
        for runbook, phrases in vocabulary.phrases.items()
        for phrase in phrases
        if first_word(phrase) == wanted and pieces_of(phrase)
    ]


def first_word(phrase: str) -> str:
    """The word that a phrase begins with, folded; empty for an empty phrase."""
    return next(iter(phrase.split(maxsplit=1)), "").casefold()


@functools.lru_cache(maxsize=32_768)
def pieces_of(phrase: str) -> tuple[Piece, ...]:
    """The phrase's words and slots; nothing when the phrase cannot be used."""
    return () if phrase_problems(phrase) else tuple(_piece(word) for word in phrase.split())


def matches(items: Sequence[Leaf | Branch], vocabulary: Vocabulary) -> list[Match]:
    """Every phrase that the line's items begin with."""
    candidates = begin_with(str(items[0]), vocabulary)
    found = (_match(runbook, phrase, items) for runbook, phrase in candidates)
    return [match for match in found if match]


def filled(pieces: Sequence[Piece], items: Sequence[Leaf | Branch]) -> dict[str, str] | None:
    """The slots' values when the items are what the pieces, as many, ask for."""
    slots: dict[str, str] = {}
    for piece, item in zip(pieces, items, strict=True):
        if not isinstance(item, Leaf):
            return None
        if piece.slot and item.type in _VALUES:
            slots[piece.text] = str(item)
        elif piece.slot or item.type not in _LITERALS or item.casefold() != piece.text:
            return None
    return slots


def _match(runbook: str, phrase: str, items: Sequence[Leaf | Branch]) -> Match | None:
    pieces = pieces_of(phrase)
    taken = items[: len(pieces)]
    slots = filled(pieces, taken) if len(taken) == len(pieces) else None
    if slots is None:
        return None
    last = taken[-1]
    end = last.end_pos if isinstance(last, Leaf) and last.end_pos is not None else 0
    weight = (len(pieces), len(pieces) - len(slots))
    return Match(runbook=runbook, phrase=phrase, slots=slots, end=end, weight=weight)


def _piece(word: str) -> Piece:
    slot = _SLOT.fullmatch(word)
    return Piece(slot[1], slot=True) if slot else Piece(word.casefold(), slot=False)


def _is_word(word: str) -> bool:
    plain = is_bare(word, "WORD") and not re.search(r"[{}\x00-\x1f\x7f-\x9f\u200b\ufeff\ud800-\udfff]", word)
    return word.casefold() in _PLACES or (plain and re.match(r"[^\W\d][\w.-]*=", word) is None)
