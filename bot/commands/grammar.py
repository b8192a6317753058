"""The grammar at work: text enters, a tree of tokens with their positions and values leaves, or lark's own error."""

import functools
import re
from collections.abc import Callable
from typing import Literal

from lark import Lark, Token, Tree

Start = Literal["command", "clauses", "state"]
Leaf = Token
Branch = Tree[Token]

SPACES = (
    "\t\n\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\u200b\ufeff"
)
"""What the grammar takes for a space: Unicode's, and zero-width ones and byte order marks that pastes leave behind."""
_ESCAPED = re.compile('\\\\([\\\\"\u201c-\u201f])')


@functools.cache
def grammar() -> Lark:
    """The one parser, built when it is first needed, which takes 90 ms: what forks builds it before."""
    return Lark.open(
        "grammar.lark",
        rel_to=__file__,
        parser="lalr",
        lexer="contextual",
        start=["command", "clauses", "state"],
        lexer_callbacks=_unquoting(),
    )


def tree(text: str, start: Start) -> Branch:
    """The tree of a text without spaces around it; raises lark.UnexpectedInput."""
    return grammar().parse(text, start=start)


def strip(text: str) -> str:
    """The text without any kind of space at its ends."""
    return text.strip(SPACES)


def tokens(text: str, start: Start) -> tuple[list[Leaf], set[str]]:
    """The tokens of the beginning of a text, and the terminals that may follow; raises lark.UnexpectedInput."""
    reading = grammar().parse_interactive(text, start=start)
    return list(reading.exhaust_lexer()), set(reading.accepts())  # type: ignore[no-untyped-call]  # lark leaves it untyped


def is_bare(text: str, terminal: Literal["WORD", "VALUE", "ELEMENT", "KEY"]) -> bool:
    """Whether the text may stand without quotes where the grammar has that terminal."""
    return _pattern(terminal).fullmatch(text) is not None


@functools.cache
def _pattern(terminal: str) -> re.Pattern[str]:
    return re.compile(grammar().get_terminal(terminal).pattern.to_regexp())


def _unquoting() -> dict[str, Callable[[Token], Token]]:
    def escaped(token: Token) -> Token:
        return token.update(value=_ESCAPED.sub(r"\1", token[1:-1]))

    def plain(token: Token) -> Token:
        return token.update(value=token[1:-1])

    return {"DOUBLE": escaped, "SMART_DOUBLE": escaped, "SINGLE": plain, "SMART_SINGLE": plain}
