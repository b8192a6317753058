"""How numbers and names are said to people: durations and short lists."""

from collections.abc import Sequence

_MINUTE, _HOUR = 60, 3600


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds < 10:  # noqa: PLR2004 (below ten, a tenth matters)
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def some(names: Sequence[str], most: int = 8) -> str:
    """`web1, web2 and 37 more`."""
    more = len(names) - most
    shown = ", ".join(names[:most] if more > 0 else names)
    return f"{shown} and {more} more" if more > 0 else shown
