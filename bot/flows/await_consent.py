"""A relay looks after a run that waits for people: what SQL says of it enters; the run goes on, ends, or waits on.

SQL decides, the relay acts on it. Each step does no harm when it is done twice: after a relay that dies in between
another one begins again.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from bot.chat import Chat
from bot.errors import WrongState
from bot.flows.close import ended
from bot.flows.journal import Journal
from bot.flows.release import release
from bot.flows.track import Track
from bot.flows.waiting import broke_glass_text
from bot.ledger import Ledger
from bot.model.consent import ENDS, Pending, Stage, expire
from bot.model.people import Conversation
from bot.model.status import RunStatus
from bot.queue import RunQueue
from bot.stream import EventStream

_log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """The time now."""
    return datetime.now(UTC)


def nowhere(_environment: str) -> Conversation | None:
    """No environment has a conversation that is told of what happens in it."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitConsent:
    """The flow with the stations it passes; `notify` is the conversation that an environment's news go to."""

    ledger: Ledger
    stream: EventStream
    queue: RunQueue
    chat: Chat
    journal: Journal
    notify: Callable[[str], Conversation | None] = nowhere
    now: Callable[[], datetime] = utc_now

    def handle(self, track: Track) -> None:
        """One look; the track learns what there is to show."""
        run_id, now = track.run.id, self.now()
        pending = self.ledger.consent(run_id)
        if pending is None:
            self._end(run_id, RunStatus.DENIED, f"Nobody knows what it waits for. Ask again: `rerun {run_id}`.")
            return
        if pending.stage.open and now >= pending.deadline:
            pending = self.ledger.change_consent(run_id, lambda found: expire(found, now))
        track.wait_for(pending, checked=self._checked(track, pending))
        if pending.stage is Stage.GRANTED:
            self._hand_over(track, pending)
        elif not pending.stage.open:
            self._end(run_id, ENDS[pending.stage], pending.reason)

    def _checked(self, track: Track, pending: Pending) -> bool:
        """Whether the check that goes first has ended, and all that it told is stored."""
        return track.checked or (pending.check_run is not None and self.ledger.get(pending.check_run).status.final)

    def _hand_over(self, track: Track, pending: Pending) -> None:
        """What people said yes to is queued, if who said it has not done so; from here on it is a run like any other.

        Should its envelope be gone, it ends as one that was never queued.
        """
        self._tell(track, pending)
        release(self.queue, pending)
        self.journal.accepted_at_last(track.run)
        track.go_on()
        _log.info("people said yes", run_id=track.run.id, runbook=track.run.plan.runbook)

    def _tell(self, track: Track, pending: Pending) -> None:
        """Skipped approvals are told in the conversation, and where the environment's news go."""
        if text := broke_glass_text(track.run, pending):
            here = track.run.conversation
            there = self.notify(track.run.plan.target.environment)
            for place in (here, there):
                if place is not None and (place is here or place != here):
                    self.chat.say(place, text, key=f"glass:{track.run.id}")

    def _end(self, run_id: int, status: RunStatus, reason: str) -> None:
        """Its only event: a second one with the same counter is refused, or the same."""
        with suppress(WrongState):
            self.stream.append([ended(run_id, 1, status, reason)])
