"""Why a line is no command: lark's error and the line enter, NotUnderstood with a sentence for people leaves.

Nothing that may be the value of a parameter is repeated: it may be a secret.
"""

import re
from dataclasses import dataclass

from lark import UnexpectedInput, UnexpectedToken
from lark.exceptions import UnexpectedCharacters

from bot.commands.grammar import strip
from bot.commands.names import shown
from bot.commands.topics import topics
from bot.errors import NotUnderstood

_QUOTES = ('"', "'", *"\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f")
_NAMES = frozenset({"WORD", "FACT", "DOUBLE", "SINGLE", "SMART_DOUBLE", "SMART_SINGLE"})
_AFTER_A_VALUE = re.compile(f"[={''.join(_QUOTES)}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """Where reading stopped: the text on both sides, the terminals that could have stood there."""

    before: str
    rest: str
    expected: frozenset[str]


def mistake(line: str, error: UnexpectedInput, start: int = 0) -> NotUnderstood:
    """What is wrong with the line; the error's positions count from `start` in it, where a phrase has ended."""
    spot = _spot(line, error, start)
    if not spot.rest:
        return _no_list() if "RSQB" in spot.expected else _missing(spot)
    if spot.rest.startswith(_QUOTES) and "DOUBLE" in spot.expected:
        return NotUnderstood("A quote is opened and never closed.", 'Close it, or write "it\'s" for an apostrophe.')
    if spot.before.endswith(_QUOTES):
        return NotUnderstood("Text goes on right after a closing quote.", "Leave a space, or quote the whole text.")
    if spot.expected & {"RSQB", "ELEMENT"}:
        return _no_list()
    return _misplaced(spot, in_phrase=start > 0)


def usage(line: str) -> str:
    """The remedy that shows how the command the line begins with is used."""
    word = _first(line).lower()
    found = next((topic.usage for topic in topics() if topic.word == word), None)
    return f"Say it like this: `{found}`." if found else "`help` lists what you can say."


def _spot(line: str, error: UnexpectedInput, start: int) -> _Spot:
    if isinstance(error, UnexpectedToken):
        at = len(line) if error.token.type == "$END" else start + (error.token.start_pos or 0)
        return _Spot(before=line[:at], rest=strip(line[at:]), expected=frozenset(error.expected))
    at = start + (error.pos_in_stream or 0)
    allowed = error.allowed if isinstance(error, UnexpectedCharacters) else None
    return _Spot(before=line[:at], rest=strip(line[at:]), expected=frozenset(allowed or ()))


def _misplaced(spot: _Spot, *, in_phrase: bool) -> NotUnderstood:
    if spot.expected & {"RUN_ID", "NUMBER"}:
        return NotUnderstood(f"{shown(_first(spot.rest))} is no number.", usage(spot.before))
    if spot.expected and spot.expected <= _NAMES:
        return _missing(spot)
    if in_phrase or spot.rest.startswith(_QUOTES) or _AFTER_A_VALUE.search(spot.before):
        what = "There is text that belongs to nothing before it."
        return NotUnderstood(what, 'Put text with spaces in quotes, a value right after its equals sign: key="a b".')
    return NotUnderstood(f"I do not understand {shown(_first(spot.rest))}.", usage(spot.before))


def _missing(spot: _Spot) -> NotUnderstood:
    words = spot.before.split()
    after = f" after {shown(words[-1])}" if words else ""
    return NotUnderstood(f"Something is missing{after}.", usage(spot.before))


def _no_list() -> NotUnderstood:
    return NotUnderstood("A list is not closed, or is not a list.", 'Write it like this: key=[a, b, "c d"].')


def _first(text: str) -> str:
    words = text.split(maxsplit=1)
    return (words[0].partition("=")[0] or "=") if words else ""
