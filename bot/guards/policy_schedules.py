"""Schedules of the policy: what is asked for at which times, and when it was time last, or is next."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from bot.guards.policy_cron import Cron, Zone, last_time, next_time
from bot.guards.policy_parts import Duration, Part

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
"""The name of a schedule, by which roles know it: `schedule:NAME`."""


class Schedule(Part):
    """Asks `say`, a command as in chat, whenever `cron` says; its run is shown in `channel`.

    `late`: how many seconds after its time it may still begin; then it is left out, and that is told.
    """

    cron: Cron
    say: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
    timezone: Zone = ZoneInfo("UTC")
    channel: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    late: Annotated[Duration, Field(ge=60, le=86_400)] = 600

    @property
    def times(self) -> str:
        """When it comes, in one text: another one means another schedule."""
        return f"{self.cron} {self.timezone}"

    def last(self, now: datetime) -> datetime:
        """The last time for it at or before `now` (aware), in UTC."""
        return _utc(last_time(self.cron, self.timezone, _minute(now)))

    def next(self, now: datetime) -> datetime:
        """The first time for it after `now` (aware), in its own time zone."""
        found: datetime = next_time(self.cron, self.timezone, _minute(now)).astimezone(self.timezone)
        return found

    def too_late(self, due: datetime, now: datetime) -> bool:
        """Whether what was due may not begin any more."""
        return now - due > timedelta(seconds=self.late)


Schedules = Annotated[dict[Name, Schedule], Field(max_length=200)]


def _minute(now: datetime) -> datetime:
    return _utc(now).replace(second=0, microsecond=0)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
