"""Durations as people write them: `90`, `90s`, `10m`, `2h` in, seconds out."""

import re
from typing import Any

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"([0-9]{1,9})\s*([smhd]?)")


def seconds(written: Any) -> int:
    """The seconds of `written`, at least 1; ValueError with a sentence otherwise."""
    match = None if isinstance(written, bool) else _DURATION.fullmatch(str(written))
    if match is None or not isinstance(written, int | str):
        raise ValueError("must be a duration, such as 90s, 10m or 2h")
    count = int(match[1]) * _UNITS[match[2]]
    if count < 1:
        raise ValueError("must be at least one second")
    return count


def written(seconds: int) -> str:
    """Seconds as people write them, in the largest unit that holds them whole: `2h`, `90s`."""
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % _UNITS[unit] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"
