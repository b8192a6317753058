"""The grammar at work: the text of a condition or of a template's inside enters, a tree or Wrong leaves."""

import functools
from typing import Literal

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

Branch = Tree[Token]
Start = Literal["condition", "value"]
LONGEST = 4_000
"""Characters of one condition."""
DEEPEST = 50
"""Brackets inside brackets."""


class Wrong(Exception):
    """A text that is no condition: what is wrong, with its column from 1 where that helps, and what would be right."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


@functools.cache
def _grammar() -> Lark:
    """Built when it is first needed (about 40 ms)."""
    return Lark.open(
        "grammar.lark",
        rel_to=__file__,
        parser="lalr",
        lexer="contextual",
        start=["condition", "value"],
        maybe_placeholders=False,
    )


def tree(text: str, start: Start = "condition") -> Branch:
    """The tree of a text."""
    if len(text) > LONGEST:
        raise Wrong(f"It has {len(text):,} characters.", f"At most {LONGEST:,} are read: make two rules of it.")
    if text.count("(") + text.count("[") > DEEPEST:
        raise Wrong(f"It has more than {DEEPEST} brackets.", "Make two rules of it.")
    try:
        return _grammar().parse(text, start=start)
    except UnexpectedInput as error:
        raise _wrong(text, error) from None


def _wrong(text: str, error: UnexpectedInput) -> Wrong:
    place = error.pos_in_stream if error.pos_in_stream is not None and error.pos_in_stream >= 0 else len(text)
    here = text[place : place + 20].strip()
    if not here or (isinstance(error, UnexpectedToken) and error.token.type == "$END"):
        return Wrong("It ends too early.", 'Write it out, such as event.status == "down".')
    what = f"It cannot be understood from {here!r} on (column {place + 1})."
    return Wrong(what, _remedy(here, text[:place], isinstance(error, UnexpectedCharacters)))


def _remedy(here: str, before: str, strange: bool) -> str:  # noqa: PLR0911 (one line a mistake)
    if here[0] in "*/%":
        return "Only + and - are there to calculate with."
    if here.startswith("=") and not here.startswith("=="):
        return "Write == to compare."
    if here.startswith(("&", "|", "!", "AND", "OR", "NOT")):
        return "Write and, or, not, in small letters."
    if here.startswith(("{{", "{%")):
        return "Templates have no place in a condition: write event.status, not {{ event.status }}."
    if here[0] in "\"'“”" or strange:
        return 'Quote texts with " on both sides.'
    if before.rstrip().endswith(("is", "is not")):
        return "After `is` comes defined, match(), search(), regex(), select() or selectattr()."
    return "Put brackets around each part, and compare two values at a time."
