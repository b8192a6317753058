"""An error enters; the lines that a terminal shows of it leave."""

from bot.chat.text import clean
from bot.errors import SignalboxError


def refusal_lines(error: SignalboxError) -> list[str]:
    """What was wrong, each problem, and what would be right, safe for a terminal: names from anywhere are in it."""
    lines = [error.what, *getattr(error, "problems", ()), error.remedy]
    return [clean(line) for line in lines if line]
