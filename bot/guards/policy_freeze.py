"""Freeze windows of an environment: a moment enters, whether nothing may run then, and until when, leaves."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from croniter import croniter
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bot.guards.policy_parts import Duration, Part

_NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat"
_FIELD = rf"(?:[0-9*/,-]|{_NAMES})+"
_CRON = re.compile(rf"{_FIELD}(?: {_FIELD}){{4}}", re.ASCII | re.IGNORECASE)
_PLAIN_DAY = datetime(2026, 1, 1)  # noqa: DTZ001 (a time on the wall, without a zone)
_CLOCK_CHANGE = timedelta(hours=3)
"""More than any clock is ever set forward or back at once."""
LONGEST_SECONDS = 366 * 86_400


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


def _moment(written: Any) -> Any:
    """YAML's own times, and texts; numbers would be taken for seconds since 1970."""
    if isinstance(written, int | float):
        raise ValueError("a day and time, such as 2026-12-23T18:00")  # noqa: TRY004 (pydantic wants a ValueError)
    return written


Moment = Annotated[datetime, BeforeValidator(_moment)]


class Exceptions(Part):
    """Whom a freeze leaves alone: runbooks and actors by glob; one of them is enough."""

    runbooks: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()


class Freeze(Part):
    """A window in which nothing runs: `cron` and `duration` for one that comes again, `from` and `until` for one."""

    cron: Annotated[str, AfterValidator(_cron)] | None = None
    duration: Annotated[Duration, Field(le=LONGEST_SECONDS)] | None = None
    start: Moment | None = Field(default=None, alias="from")
    until: Moment | None = None
    timezone: Annotated[Any, BeforeValidator(_zone)] = ZoneInfo("UTC")
    reason: str = Field(default="", max_length=200)
    exceptions: Exceptions = Exceptions()

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        again = (self.cron is not None, self.duration is not None)
        once = (self.start is not None, self.until is not None)
        if (all(again) and not any(once)) or (all(once) and not any(again)):
            return self._in_order()
        raise ValueError("either cron and duration, or from and until")

    def _in_order(self) -> Self:
        if self.start and self.until and self._at(self.start) >= self._at(self.until):
            raise ValueError("until has to come after from")
        return self

    def ends(self, now: datetime) -> datetime | None:
        """When the window that `now` (aware) is in ends, in the window's time zone; None outside of every window."""
        if self.cron is None:
            return self._once(now)
        began = _last_start(self.cron, self.timezone, now.replace(second=0, microsecond=0))
        until = began + timedelta(seconds=self.duration or 0)
        return until.astimezone(self.timezone) if now < until else None

    def _once(self, now: datetime) -> datetime | None:
        if self.start is None or self.until is None or not self._at(self.start) <= now < self._at(self.until):
            return None
        return self._at(self.until)

    def _at(self, moment: datetime) -> datetime:
        """The moment with its zone; the window's own where none is written."""
        zone: ZoneInfo = self.timezone
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


@lru_cache(maxsize=1024)
def _last_start(cron: str, zone: ZoneInfo, minute: datetime) -> datetime:
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
