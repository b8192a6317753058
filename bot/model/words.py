"""How numbers and names are said to people: durations and short lists."""

from collections.abc import Sequence

_TENTHS_MATTER, _MINUTE, _HOUR = 10, 60, 3600


def duration(seconds: float) -> str:
    """`0.4 s`, `8 s`, `12 s`, `2 min 5 s`, `1 h 3 min`; never negative."""
    whole = int(seconds)
    if whole < _TENTHS_MATTER:
        return f"{max(round(seconds, 1), 0):g} s"
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return _of_two(whole // _MINUTE, "min", whole % _MINUTE, "s")
    return _of_two(whole // _HOUR, "h", whole % _HOUR // _MINUTE, "min")


def _of_two(great: int, unit: str, small: int, small_unit: str) -> str:
    return f"{great} {unit} {small} {small_unit}" if small else f"{great} {unit}"


def some(names: Sequence[str], most: int = 8) -> str:
    """`web1, web2 and 37 more`."""
    more = len(names) - most
    shown = ", ".join(names[:most] if more > 0 else names)
    return f"{shown} and {more} more" if more > 0 else shown
