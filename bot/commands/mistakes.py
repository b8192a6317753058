"""Why a line is no command: lark's error and the line enter, NotUnderstood with a sentence for people leaves.

Nothing that may be the value of a parameter is repeated: it may be a secret.
"""

import re

from lark import UnexpectedInput, UnexpectedToken
from lark.exceptions import UnexpectedCharacters

from bot.commands.grammar import space_ends_at
from bot.commands.names import shown
from bot.commands.topics import topics
from bot.errors import NotUnderstood

_LIST = frozenset({"RSQB", "COMMA", "ELEMENT"})
_QUOTES = "\"'\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f"
_VALUE_BEFORE = re.compile("=|[" + _QUOTES + "]")


def mistake(line: str, error: UnexpectedInput, start: int = 0) -> NotUnderstood:
    """What is wrong; the error's positions count from `start` in the line."""
    remedy = _usage(line)
    expected = _expected(error)
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return _at_end(line, expected, remedy)
    at = space_ends_at(line, start + (error.pos_in_stream or 0))
    before, rest = line[:at], line[at:]
    if expected & _LIST and "[" in before and "_SP" not in expected - _LIST | {"_SP"} - expected:
        return _unclosed_list()
    return _in_between(before, rest, expected, remedy)
