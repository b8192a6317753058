"""Freeze windows of an environment: a moment enters, whether nothing may run then, and until when, leaves."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from bot.guards.policy_cron import Cron, Zone, last_time
from bot.guards.policy_parts import Duration, Part

LONGEST_SECONDS = 366 * 86_400


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

    cron: Cron | None = None
    duration: Annotated[Duration, Field(le=LONGEST_SECONDS)] | None = None
    start: Moment | None = Field(default=None, alias="from")
    until: Moment | None = None
    timezone: Zone = ZoneInfo("UTC")
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
        began = last_time(self.cron, self.timezone, now.replace(second=0, microsecond=0))
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
