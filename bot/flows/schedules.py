"""Times of the policy's schedules enter; what they ask for leaves, through the same flow as what people say.

One relay at a time looks after them, whoever holds the lease. A run is made with the name of its time, so that there is
never a second one for it: not when a relay that was taken for dead wakes, nor when a clock is set back.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from redis.exceptions import RedisError

from bot.chat import Chat
from bot.errors import AskedBefore, CouldNotRun, Misconfigured, NotUnderstood, Refused, SignalboxError, Unavailable
from bot.guards import Schedule
from bot.ledger import Ledger
from bot.model.command import AskRun
from bot.model.people import Actor, Conversation, Origin
from bot.model.request import Request, SecretsNeeded
from bot.queue import Agenda, Leases, Mark

if TYPE_CHECKING:  # it takes its time to be imported
    from bot.flows.converse import Converse

_log = structlog.get_logger(__name__)

LEASE = "schedules"
LOOK_SECONDS = 1.0
AWAY_SECONDS = 2.0
AHEAD = timedelta(hours=1)
"""What was dealt with so much later than now was so by a clock that went wrong."""
WRITTEN = "%Y-%m-%d %H:%M %Z"


def schedule_actor(name: str) -> Actor:
    """Who a schedule is: `schedule:<name>`, as members of roles name it."""
    return Actor(transport="schedule", name=name)


@dataclass(slots=True, kw_only=True)
class KeepSchedules:
    """The flow with the stations it passes; `place` is the conversation of a channel's name."""

    schedules: Callable[[], Mapping[str, Schedule]]
    agenda: Agenda
    leases: Leases
    ledger: Ledger
    chat: Chat
    converse: "Callable[[], Converse]"
    place: Callable[[str], Conversation]
    clock: Callable[[], float] = time.time
    _seen: tuple[int, Mapping[str, Schedule]] | None = field(default=None, init=False)

    def handle(self) -> None:
        """Ask for what is due, once; Unavailable when it has to be tried again. All is looked at once a minute."""
        seen = int(self.clock() // 60), self.schedules()
        if seen == self._seen or not self._mine():
            return
        marks, (_, schedules) = self.agenda.marks(), seen
        self.agenda.drop(marks.keys() - schedules.keys())
        for name, schedule in schedules.items():
            self._look(name, schedule, marks.get(name))
        self._seen = seen

    def _mine(self) -> bool:
        try:
            return self.leases.take(LEASE)
        except RedisError as error:
            raise Unavailable(f"Redis does not answer ({type(error).__name__}).", "Start it.") from None

    def _look(self, name: str, schedule: Schedule, mark: Mark | None) -> None:
        """One that is new, or comes at other times than before, begins with its next time."""
        now = datetime.fromtimestamp(self.clock(), UTC)
        if mark is None or mark.times != schedule.times or mark.at > now + AHEAD:
            self.agenda.put(name, Mark(times=schedule.times, at=now))
            return
        due = schedule.last(now)
        if due <= mark.at:
            return
        if schedule.too_late(due, now):
            self._tell(name, schedule, due, "Nobody was there to ask for it in time.")
        else:
            self._ask(name, schedule, due)
        self.agenda.put(name, Mark(times=schedule.times, at=due))

    def _ask(self, name: str, schedule: Schedule, due: datetime) -> None:
        request = Request(
            text=schedule.say,
            actor=schedule_actor(name),
            conversation=self.place(schedule.channel),
            origin=Origin.SCHEDULE,
            once=_key(name, due),
        )
        if self.ledger.asked(request.once) is not None:  # who asked died before it could write that down
            return
        try:
            self._say(request)
        except AskedBefore:  # another relay did, that was taken for dead
            return
        except (Refused, CouldNotRun, Misconfigured) as refusal:
            self._tell(name, schedule, due, str(refusal))
            return
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 (the others' turn comes all the same)
            _log.exception("a schedule went wrong", schedule=name)
            self._tell(name, schedule, due, "It went wrong; the relay's log has more.")
            return
        _log.info("a schedule asked for a run", schedule=name, due=due.isoformat())

    def _say(self, request: Request) -> None:
        converse = self.converse()
        if not isinstance(converse.understand.handle(request), AskRun):
            raise NotUnderstood("A schedule can only ask for a run.", "Say `run`, and a runbook.")
        if isinstance(converse.handle(request), SecretsNeeded):
            raise Refused("The runbook asks for secrets.", "A person has to ask for it.")

    def _tell(self, name: str, schedule: Schedule, due: datetime, why: str) -> None:
        """That nothing runs this time, where its run would have been shown."""
        when = due.astimezone(schedule.timezone).strftime(WRITTEN)
        _log.warning("a schedule's run was left out", schedule=name, due=due.isoformat(), why=why)
        text = f"schedule:{name} asked for nothing at {when}: {why}"
        self.chat.say(self.place(schedule.channel), text, _key(name, due))


def _key(name: str, due: datetime) -> str:
    return f"schedule {name} {due:%Y-%m-%dT%H:%MZ}"


def keep_until(flow: Callable[[], KeepSchedules], stop: threading.Event) -> None:
    """Look again and again until `stop` is set; what goes wrong is logged, and tried again."""
    said = ""
    while not stop.is_set():
        pause = LOOK_SECONDS
        try:
            flow().handle()
            said = ""
        except SignalboxError as error:
            pause = AWAY_SECONDS
            if error.what != said:
                said = error.what
                _log.warning("schedules have to wait", why=said)
        except Exception:  # noqa: BLE001 (a relay goes on with its runs whatever becomes of a schedule)
            pause = AWAY_SECONDS
            _log.exception("schedules have to wait")
        stop.wait(pause)
