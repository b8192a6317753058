"""The grammar at work: text enters, a tree of tokens with their positions and values leaves, or lark's own error."""

import functools
import re
from collections.abc import Callable
from typing import Literal

from lark import Lark, Token, Tree

Start = Literal["command", "clauses"]
Leaf = Token
Branch = Tree[Token]

_SPACE = r"[\s\u200b\ufeff]+"
"""As in the grammar: zero-width spaces and byte order marks, which phones and pastes leave behind, count as spaces."""
_ENDS = re.compile(rf"\A{_SPACE}|{_SPACE}\Z")

_ESCAPED = re.compile("\\\\([\\\\\"\u201c-\u201f])")


@functools.cache
def grammar() -> Lark:
    """The one parser, built when it is first needed (about 40 ms)."""
    return Lark.open(
        "grammar.lark",
        rel_to=__file__,
        parser="lalr",
        lexer="contextual",
        start=["command", "clauses"],
        lexer_callbacks=_unquoting(),
    )


def tree(text: str, start: Start) -> Branch:
    """The tree of a text without spaces around it; raises lark.UnexpectedInput."""
    return grammar().parse(text, start=start)


def strip(text: str) -> str:
    """The text without any kind of space at its ends."""
    return _ENDS.sub("", text)


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
