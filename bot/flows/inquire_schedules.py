"""schedules: what is asked for at set times, as far as somebody may run it; when it comes next, how it went last."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.commands import parse, to_text
from bot.errors import Refused
from bot.flows.await_consent import utc_now
from bot.flows.permission import Permission
from bot.flows.places import usable_runbooks, vocabulary
from bot.flows.planning import Planning, typed_secrets
from bot.flows.schedules import WRITTEN, schedule_actor
from bot.flows.start import without_secrets
from bot.guards import Schedule
from bot.ledger import Ledger
from bot.model.command import AskRun, Vocabulary
from bot.model.reply import Reply, Table, Text
from bot.model.request import Request
from bot.model.runbook import Runbook
from bot.model.words import duration

NONE = "There are no schedules of what you may run from here: `schedules:` in signalbox.yml makes one (docs/policy.md)."
NO_RUN = "no run that is understood"

Meant = tuple[AskRun, Runbook] | None
"""The run that a schedule asks for, and its runbook; None when its command means no run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InquireSchedules:
    """The question about schedules."""

    planning: Planning
    ledger: Ledger
    permission: Permission
    clock: Callable[[], datetime] = utc_now

    def listed(self, request: Request) -> Reply:
        """The schedules by name: those that ask for a run that the actor may ask for from here.

        One whose command means no run is listed too, without the command, for it may name anything. Who may use no
        runbook from here sees none, and is not told whether there are any.
        """
        rows = tuple(self._rows(request)) if self._may_something(request) else ()
        if not rows:
            return Reply(parts=(Text(text=NONE),))
        columns = ("schedule", "says", "when", "next time", "last run")
        return Reply(parts=(Table(title="Schedules", columns=columns, rows=rows),))

    def _may_something(self, request: Request) -> bool:
        reach = self.permission.reach(request)
        return bool(usable_runbooks(self.planning.catalog, self.planning.inventories, reach))

    def _rows(self, request: Request) -> list[tuple[str, ...]]:
        names, now = vocabulary(self.planning.catalog, self.planning.inventories), self.clock()
        schedules = sorted(self.permission.policy.policy().schedules.items())
        meant = [(name, schedule, self._meant(schedule.say, names)) for name, schedule in schedules]
        return [
            (name, _said(schedule, means), *_times(schedule, now), self._last(name, now))
            for name, schedule, means in meant
            if means is None or self._may_see(*means, request)
        ]

    def _meant(self, say: str, names: Vocabulary) -> Meant:
        try:
            command = parse(say, names)
            return (command, self.planning.catalog.get(command.runbook)) if isinstance(command, AskRun) else None
        except Refused:
            return None

    def _may_see(self, ask: AskRun, runbook: Runbook, request: Request) -> bool:
        """Whether the actor may run it where it would run; where that is not clear, in any environment."""
        try:
            places: tuple[str, ...] = (self.planning.environment(runbook, ask),)
        except Refused:
            places = self.planning.inventories.names()
        return any(self.permission.may_act(request, runbook.id, place) for place in places)

    def _last(self, name: str, now: datetime) -> str:
        """The last run that it asked for, and how long ago that ended, or was asked for; empty when there is none."""
        run = next(iter(self.ledger.find("mine", schedule_actor(name), 1)), None)
        if run is None:
            return ""
        since = run.ended_at or run.created_at
        return f"#{run.id} {run.status}, {duration((now - since).total_seconds())} ago"


def _said(schedule: Schedule, means: Meant) -> str:
    """The command as it is written, but for secrets in it."""
    if means is None:
        return NO_RUN
    ask, runbook = means
    return to_text(without_secrets(ask, runbook)) if typed_secrets(runbook, ask) else schedule.say


def _times(schedule: Schedule, now: datetime) -> tuple[str, str]:
    """When it comes, and when next: on its own clocks."""
    return schedule.times.removesuffix(" UTC"), schedule.next(now).strftime(WRITTEN)
