"""Times that come again: an expression of cron and a time zone enter, checked; the last and the next one leave."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from croniter import croniter
from pydantic import AfterValidator, BeforeValidator

_NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat"
_FIELD = rf"(?:[0-9*/,-]|{_NAMES})+"
_CRON = re.compile(rf"{_FIELD}(?: {_FIELD}){{4}}", re.ASCII | re.IGNORECASE)
_PLAIN_DAY = datetime(2026, 1, 1)  # noqa: DTZ001 (a time on the wall, without a zone)
_CLOCK_CHANGE = timedelta(hours=3)
"""More than any clock is ever set forward or back at once."""


def _cron(written: str) -> str:
    """Five fields of plain cron; croniter's own additions, such as random ones, would not mean the same twice."""
    fields = " ".join(written.split())
    if not _CRON.fullmatch(fields):
        raise ValueError("five fields of cron (minute, hour, day, month, weekday), such as 0 18 * * fri")
    try:
        croniter(fields, _PLAIN_DAY).get_prev(datetime)
    except (ValueError, KeyError) as error:
        raise ValueError(f"no time of cron that ever comes ({error})") from None
    return fields


def _zone(name: Any) -> Any:
    if isinstance(name, ZoneInfo):
        return name
    try:
        return ZoneInfo(str(name))
    except (ValueError, OSError, KeyError):  # what is no name, names a folder, or is unknown
        raise ValueError("the name of a time zone, such as Europe/Berlin") from None


Cron = Annotated[str, AfterValidator(_cron)]
Zone = Annotated[Any, BeforeValidator(_zone)]


@lru_cache(maxsize=1024)
def last_time(cron: str, zone: ZoneInfo, minute: datetime) -> datetime:
    """The last time at or before `minute` that the expression means, on the clocks of the zone.

    Times on the wall are looked through from a little later on: when clocks are set back, an hour comes twice, and
    only the first one counts.
    """
    wall = minute.astimezone(zone).replace(tzinfo=None) + _CLOCK_CHANGE
    times = croniter(cron, wall)
    while True:
        began: datetime = times.get_prev(datetime).replace(tzinfo=zone)
        if began.timestamp() <= minute.timestamp():
            return began.astimezone(minute.tzinfo)


@lru_cache(maxsize=1024)
def next_time(cron: str, zone: ZoneInfo, minute: datetime) -> datetime:
    """The first time after `minute` (aware) that the expression means, on the clocks of the zone.

    Of an hour that comes twice only the first one counts; a time that clocks leave out comes when they go on.
    """
    wall = minute.astimezone(zone).replace(tzinfo=None) - _CLOCK_CHANGE
    times = croniter(cron, wall)
    while True:
        begins: datetime = times.get_next(datetime).replace(tzinfo=zone)
        if begins.timestamp() > minute.timestamp():
            return begins.astimezone(minute.tzinfo)
