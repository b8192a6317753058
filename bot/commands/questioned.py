"""Questions about a command: a line enters; the command that it asks about leaves, where it is such a question.

`why` and `can I` stand before any command that starts a run. They are taken off, and the grammar reads what is left as
if nothing had stood before it: so what is explained is what would be done.
"""

import re

from bot.commands.grammar import SPACES, strip

CAN = "can"
"""The word that no phrase of a runbook may begin with, besides the commands."""
_SPACE = f"[{re.escape(SPACES)}]+"
_ASKED = re.compile(rf"(?:why|(can{_SPACE}i))(?:{_SPACE}|\Z)", re.IGNORECASE)


def questioned(line: str) -> str | None:
    """The command after `why` or `can I` (there without the question mark); None for any other line."""
    found = _ASKED.match(line)
    if found is None:
        return None
    rest = strip(line[found.end() :])
    return strip(rest.removesuffix("?")) if found[1] else rest


def asking(line: str) -> int:
    """How many characters of a line, not complete yet, are `why` or `can I` and the space after it."""
    found = _ASKED.match(line)
    return found.end() if found and found[0][-1:] in SPACES else 0
