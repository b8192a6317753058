"""Times of the policy's schedules enter; what they ask for leaves, through the same flow as what people say.

A run is made with the name of its time, so that there is never a second one for it: not when a relay that was taken for
dead wakes, nor when a clock is set back.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from bot.chat import Chat
from bot.errors import AskedBefore, CouldNotRun, Misconfigured, Refused, Unavailable
from bot.flows.turns import take, turns_until
from bot.guards import Schedule
from bot.ledger import Ledger
from bot.model.people import Actor, Conversation, Origin
from bot.model.request import Request
from bot.queue import Agenda, Leases, Mark

if TYPE_CHECKING:  # it takes its time to be imported
    from bot.flows.converse import Converse

_log = structlog.get_logger(__name__)

LEASE = "schedules"
LOOK_SECONDS = 1.0
AHEAD = timedelta(hours=1)
"""What was dealt with so much later than now was so by a clock that went wrong."""
FRESH, FORGOTTEN = timedelta(hours=1), timedelta(days=2)
"""How old a sign may be that a schedule still stands in a policy, and after how long without one its mark goes."""
TOO_LATE = Refused("It could not be asked for in time.")
WRITTEN = "%Y-%m-%d %H:%M %Z"


def schedule_actor(name: str) -> Actor:
    """Who a schedule is: `schedule:<name>`, as members of roles name it."""
    return Actor(transport="schedule", name=name)


@dataclass(slots=True, kw_only=True)
class KeepSchedules:
    """The flow with the stations it passes.

    `schedules` are None while there is no policy at all; `place` is the conversation of a channel's name.
    """

    schedules: Callable[[], Mapping[str, Schedule] | None]
    agenda: Agenda
    leases: Leases
    ledger: Ledger
    chat: Chat
    converse: "Callable[[], Converse]"
    place: Callable[[str], Conversation]
    clock: Callable[[], float] = time.time
    _seen: tuple[int, Mapping[str, Schedule]] | None = field(default=None, init=False)

    def handle(self) -> None:
        """Ask for what is due, once; Unavailable when some of it has to be tried again.

        A relay looks once a minute, while no other one does. None waits for the others: not for one whose environment
        is busy, and not for one that meets a fault of ours.
        """
        minute, schedules = int(self.clock() // 60), self.schedules()
        if schedules is None or (minute, schedules) == self._seen or not take(self.leases, LEASE):
            return
        marks, away = self.agenda.marks(), None
        self._forget(schedules, marks)
        for name, schedule in schedules.items():
            if not take(self.leases, LEASE):
                return
            try:
                self._look(name, schedule, marks.get(_mark(name, schedule)))
            except Unavailable as error:
                away = error
            except Exception:  # noqa: BLE001 (it is tried again in a minute)
                _log.exception("a schedule went wrong", schedule=name)
        if away is not None:
            raise away
        self._seen = minute, schedules

    def _forget(self, schedules: Mapping[str, Schedule], marks: Mapping[str, Mark]) -> None:
        """Marks that no relay has looked at for long: another one may have a policy in which they still stand."""
        here, long_ago = {_mark(*each) for each in schedules.items()}, self._now() - FORGOTTEN
        self.agenda.drop([key for key, mark in marks.items() if key not in here and mark.seen < long_ago])

    def _look(self, name: str, schedule: Schedule, mark: Mark | None) -> None:
        """One that is new, or comes at other times than before, begins with its next time."""
        now, key = self._now(), _mark(name, schedule)
        if mark is None or mark.at > now + AHEAD:
            _log.info("a schedule begins with its next time", schedule=name, next=schedule.next(now).isoformat())
            self.agenda.put(key, Mark(at=now, seen=now))
            return
        due = schedule.last(now)
        if due > mark.at:
            self._deal_with(name, schedule, due)
            self.agenda.put(key, Mark(at=due, seen=now))
        elif now - mark.seen > FRESH:
            self.agenda.put(key, Mark(at=mark.at, seen=now))

    def _deal_with(self, name: str, schedule: Schedule, due: datetime) -> None:
        """Ask for its run, or tell where that would have been shown why there is none this time."""
        request = Request(
            text=schedule.say,
            actor=schedule_actor(name),
            conversation=self.place(schedule.channel),
            origin=Origin.SCHEDULE,
            once=f"schedule {name} {due:%Y-%m-%dT%H:%MZ}",
        )
        why = self._why_not(request, late=schedule.too_late(due, self._now()))
        _log.info("the time of a schedule", schedule=name, due=due.isoformat(), left_out=why)
        if why:
            when = due.astimezone(schedule.timezone).strftime(WRITTEN)
            text = f"schedule:{name} asked for nothing at {when}: {why}"
            self.chat.say(request.conversation, text, request.once)

    def _why_not(self, request: Request, *, late: bool) -> str:
        """Why there is no run for it; empty when there is one, asked for now or before by who died over it."""
        if self.ledger.asked(request.once) is not None:
            return ""
        converse = self.converse()
        try:
            if late:
                converse.journal.refused(request, TOO_LATE, "schedule")
                return TOO_LATE.in_full
            converse.run_only(request)
        except AskedBefore:  # another relay did, that was taken for dead
            return ""
        except (Refused, CouldNotRun, Misconfigured) as refusal:
            return refusal.in_full
        return ""

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)


def _mark(name: str, schedule: Schedule) -> str:
    """What its mark is called: with other times it is another schedule."""
    return f"{name} {schedule.times}"


def keep_until(flow: Callable[[], KeepSchedules], stop: threading.Event) -> None:
    """Look again and again until `stop` is set; what goes wrong is logged, and tried again."""

    def turn() -> float:
        flow().handle()
        return LOOK_SECONDS

    turns_until(stop, turn, "schedules have to wait")
