"""Numbers in commands: digits as they were typed enter, numbers within bounds leave; NotUnderstood for others."""

from bot.errors import NotUnderstood

LAST_ID = 2**31 - 1
MOST_ROWS = 1000


def run_number(word: str) -> int:
    """The number of a run."""
    return _number(word, "There is no run with such a number.", "`runs` shows the numbers; write `show 12`.")


def incident_number(word: str) -> int:
    """The number of an incident."""
    remedy = "`alerts` shows the numbers; write `incident 12`."
    return _number(word, "There is no incident with such a number.", remedy)


def mute_number(word: str) -> int:
    """The number of a mute."""
    remedy = "`alerts mutes` shows the numbers; write `alerts unmute 3`."
    return _number(word, "There is no mute with such a number.", remedy)


def how_many(digits: str, example: str = "runs last 5") -> int:
    """How many rows are wanted."""
    if len(digits) <= len(str(MOST_ROWS)) and 1 <= int(digits) <= MOST_ROWS:
        return int(digits)
    raise NotUnderstood("That many cannot be shown.", f"Write a number from 1 to {MOST_ROWS}: `{example}`.")


def _number(word: str, what: str, remedy: str) -> int:
    digits = word.lstrip("#").lstrip("0")
    if 0 < len(digits) <= len(str(LAST_ID)) and int(digits) <= LAST_ID:
        return int(digits)
    raise NotUnderstood(what, remedy)
