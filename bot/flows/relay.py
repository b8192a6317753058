"""What workers report enters from the streams; it leaves stored in SQL and shown in the conversation.

One turn: find runs, take their leases, read what is new, store it, fold it, show it, close what no worker has any more.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from redis.exceptions import RedisError

from bot.chat import Chat
from bot.errors import Unavailable, WrongState
from bot.flows.await_consent import AwaitConsent, nowhere, utc_now
from bot.flows.close import close_stream
from bot.flows.damage import past_damage
from bot.flows.in_line import waiting_for
from bot.flows.journal import Journal
from bot.flows.listening import Listeners
from bot.flows.pace import Pace
from bot.flows.track import Track
from bot.ledger import Ledger
from bot.model.event import RunEvent
from bot.model.people import Conversation
from bot.model.run import Run
from bot.model.status import RunStatus
from bot.model.words import some
from bot.queue import Leases, RunQueue
from bot.stream import EventStream

_log = structlog.get_logger(__name__)

BLOCK_MILLISECONDS = 200
MUCH = 200
"""Events of a run, after which its next ones are stored less often."""
MOST_DUE = 50
"""So many of the runs that wait are looked after in one turn."""
TAIL_EVENTS = 5_000
"""So many of a run's events stay in its stream after they were stored, for terminals that follow it."""
LAST_EVENTS = 500
"""And so many of them after its end."""
SILENT_SECONDS = 2.0
"""How long a claimed run may be without a sign of life (which itself lasts five seconds) before it is lost."""
BAD = frozenset({RunStatus.FAILED, RunStatus.TIMEOUT, RunStatus.LOST, RunStatus.ERROR})
"""What a brake counts."""
UNHEARD = timedelta(seconds=5)
"""How old a run is before its card says that no worker listens."""
UNQUEUED_SECONDS = 4.0
"""How long a run may be in SQL, or on its way to a worker, without being in the queue before it is queued again."""


@dataclass(slots=True, kw_only=True)
class Relay:
    """The flow with the stations it passes, and the runs it holds the leases of."""

    ledger: Ledger
    stream: EventStream
    queue: RunQueue
    chat: Chat
    leases: Leases
    journal: Journal
    observe: Callable[[str, float], None] = lambda _metric, _seconds: None
    went_wrong: Callable[[str], None] = lambda _environment: None
    pace: Pace = field(default_factory=Pace)
    notify: Callable[[str], Conversation | None] = nowhere
    clock: Callable[[], datetime] = utc_now
    changed: Callable[[], bool] = lambda: True
    _tracks: dict[int, Track] = field(default_factory=dict, init=False)
    _listeners: Listeners | None = field(default=None, init=False)
    _next_due: int = field(default=0, init=False)

    def handle(self, now: float) -> None:
        """One turn; `now` is a monotonic clock in seconds. Raises Unavailable when Redis or SQL is away."""
        if looking := self.pace.looks(now, news=self.busy or self.changed()):
            self.leases.take("relay")  # one of the relays holds it: the sign that there is one
            self._find()
        self._read(now)
        due = self._due() if looking else frozenset()
        for track in list(self._tracks.values()):
            looked_at = track.run.id in due
            if track.waits and (looked_at or track.drained):
                self._awaiting.handle(track)
            elif looked_at and not track.drained:
                self._look_after(track, now)  # first: the card tells whom a run waits for
            track.show(now, len(self._tracks))
            self._note_start(track)
            if track.drained:
                self._end(track)

    def _due(self) -> frozenset[int]:
        """Who is looked after now: all that have begun, and of those that wait so many, in turn, that no event waits.

        A look at one costs a millisecond or two.
        """
        waiting = [run_id for run_id, track in self._tracks.items() if not track.begun]
        here = self._next_due % len(waiting) if waiting else 0
        self._next_due = here + MOST_DUE
        begun = (run_id for run_id, track in self._tracks.items() if track.begun)
        return frozenset([*begun, *(waiting[here:] + waiting[:here])[:MOST_DUE]])

    @property
    def _awaiting(self) -> AwaitConsent:
        """The flow for runs that wait for people: they have no job, and must not get one from here."""
        return AwaitConsent(
            ledger=self.ledger,
            stream=self.stream,
            queue=self.queue,
            chat=self.chat,
            journal=self.journal,
            notify=self.notify,
            now=self.clock,
        )

    @property
    def busy(self) -> bool:
        """Whether there is a run to look after."""
        return bool(self._tracks)

    def rest(self, seconds: float) -> None:
        """While there is no run, wait until there is news."""
        if not self.busy:
            with suppress(Unavailable):  # the next turn tells
                self.pace.rest(seconds)

    def finish(self, seconds: float) -> None:
        """Turns until one brings nothing new, for so long at most: workers may have told their last just before."""
        until, before = time.monotonic() + seconds, None
        with suppress(Unavailable, RedisError):
            while (now := time.monotonic()) < until and (counters := self._counters()) != before:
                before = counters
                self.handle(now)

    def _counters(self) -> dict[int, int]:
        return {run_id: track.counter for run_id, track in self._tracks.items()}

    def give_back(self) -> None:
        """Release every lease, so that another relay goes on at once; without Redis they run out by themselves."""
        with suppress(RedisError):
            self.leases.release("relay")
            for run_id in self._tracks:
                self.leases.release(_lease(run_id))
        self._tracks.clear()

    def _find(self) -> None:
        """Take the runs that nobody holds, keep those we hold, let go of those another took over."""
        wanted = self.ledger.unsettled()
        mine = self.leases.take_all(map(_lease, wanted))
        ours = [run_id for run_id in wanted if _lease(run_id) in mine]
        for run_id in self._tracks.keys() - ours:
            del self._tracks[run_id]
        for run_id in ours:
            if run_id not in self._tracks:
                self._tracks[run_id] = self._track(self.ledger.get(run_id))
        if len(wanted) > len(self._tracks):  # another relay has some, and may die
            self.pace.expect()

    def _track(self, run: Run) -> Track:
        track = Track(run=run, chat=self.chat, ledger=self.ledger)
        track.catch_up()
        return track

    def _read(self, now: float) -> None:
        """Everything new in our streams: stored first, folded then, so that what is shown is never ahead of SQL."""
        if not self._tracks:
            return
        entered = time.monotonic()
        self.pace.rest_until_stored(now)
        found = self.stream.read_many(self._counters(), block_ms=BLOCK_MILLISECONDS)
        begun = time.monotonic()
        for run_id, events in found.items():
            self._take_in(self._tracks[run_id], events)
        if found:
            much = all(self._tracks[run_id].counter > MUCH for run_id in found)
            done = time.monotonic()
            self.pace.stored(now + done - entered, done - begun, much=much)

    def _take_in(self, track: Track, events: Sequence[RunEvent]) -> None:
        """What a run's stream has that is new; nothing is an entry that can't be read."""
        if not events:
            track.counter = past_damage(self.stream, track.run.id, track.counter)
            return
        self.ledger.add_events(track.run.id, events)
        self._measure(track, events)
        track.fold(events)
        if track.counter - track.trimmed >= 2 * TAIL_EVENTS:
            track.trimmed = track.counter - TAIL_EVENTS
            self.stream.trim(track.run.id, track.trimmed)

    def _measure(self, track: Track, events: Sequence[RunEvent]) -> None:
        """How long the oldest of these events took to be stored; and, once a run, how long Ansible's first one took."""
        self.observe("signalbox_event_lag_seconds", time.time() - events[0].at)
        first = next((event for event in events if not event.kind.startswith("run_")), None)
        if first is not None and not track.heard:
            self.observe("signalbox_run_first_event_seconds", first.at - track.run.created_at.timestamp())

    def _note_start(self, track: Track) -> None:
        """The audit gets the start after the conversation has it, which should not wait for a transaction."""
        if track.begun and not track.noted:
            self.journal.started(track.run)
            track.noted = True

    def _look_after(self, track: Track, now: float) -> None:
        """A run that was never queued is queued; one whose worker gives no sign of life is lost."""
        run_id = track.run.id
        if self.queue.alive(run_id):
            track.silent_since = None
        elif self.queue.claimed(run_id):
            if track.silent(now) > SILENT_SECONDS:
                self._lose(track)
        elif self.queue.waiting(run_id):
            track.silent_since = None
            track.stand_behind(waiting_for(self.queue.ahead(run_id, track.run.plan)) or self._unheard(track, now))
        elif track.silent(now) > UNQUEUED_SECONDS:
            self._queue_again(track)

    def _unheard(self, track: Track, now: float) -> str:
        """What is to be said of a run whose queue no worker listens to; not while workers may just be starting."""
        if self.clock() - track.run.created_at < UNHEARD:
            return ""
        track.queue = track.queue or self.queue.queue_of(track.run.id)
        self._listeners = self._listeners or Listeners(queue=self.queue)
        return self._listeners.missing(track.queue, now)

    def _lose(self, track: Track) -> None:
        run_id = track.run.id
        if not track.counter and (by := self.ledger.get(run_id).cancel_asked_by):  # who took it out could not say so
            self._close(track, RunStatus.CANCELED, f"{by} canceled it before it started.")
            return
        if not self.stream.last_counter(run_id) and self.queue.give_back(run_id, track.run.plan):
            _log.warning("its worker died before it started: it is queued again", run_id=run_id)
            track.silent_since = None
            return
        reason = "Its worker died; what had been started may be half done."
        if track.view.waves:
            reached = {outcome.host for outcome in track.view.outcomes}
            rest = [host for host in track.run.plan.target.hosts if host not in reached]
            reason += f" Not reached: {some(rest, 8)}." if rest else ""
        if self._close(track, RunStatus.LOST, reason, track.view.task_hosts):
            _log.warning("run is lost", run_id=run_id)
            self.queue.ask_cancel(run_id)  # should the worker only have been stopped for a while

    def _queue_again(self, track: Track) -> None:
        track.silent_since = None
        run_id = track.run.id
        again = self.queue.resubmit(run_id, track.run.plan)
        if not again and not self.queue.waiting(run_id) and self.queue.withdraw(run_id):
            reason = f"It was never queued. Ask again: `rerun {track.run.id}`."
            self._close(track, RunStatus.ERROR, reason)

    def _close(self, track: Track, status: RunStatus, reason: str, busy_hosts: Sequence[str] = ()) -> bool:
        """End the run after what we know of it; False when there is more: what comes next turn may be its end."""
        try:
            close_stream(self.stream, track.run.id, status, reason, busy_hosts, after=track.counter)
        except WrongState:  # its worker lives after all, or another relay took the run over while we were held
            track.silent_since = None
            return False
        return True

    def _end(self, track: Track) -> None:
        """The run has ended and its events are drained: all about it is settled, and it is let go.

        The recap comes last, and each step does no harm when done twice: should this relay die in between, another one
        finds the run without a recap and begins again.
        """
        view, run = track.view, track.run
        track.settle()
        self.journal.ended(run, view.status, view.reason)
        if view.status in BAD:
            self.went_wrong(run.plan.target.environment)
        self.queue.forget(run.id)
        if track.counter > LAST_EVENTS:
            self.stream.trim(run.id, track.counter - LAST_EVENTS)
        self.stream.expire(run.id, seconds=3600)
        track.recap()
        self.leases.release(_lease(run.id))
        del self._tracks[run.id]
        _log.info("run is over", run_id=run.id, runbook=run.plan.runbook, status=view.status.value)


def _lease(run_id: int) -> str:
    return f"run:{run_id}"


def settle(relay: Relay, now: float, *also: Callable[[float], None]) -> bool:
    """One turn that survives Redis or SQL being away, then what is `also` done; False when one of them was away."""
    try:
        relay.handle(now)
        for each in also:
            each(now)
    except (Unavailable, RedisError) as error:
        _log.warning("waiting", why=error.what if isinstance(error, Unavailable) else type(error).__name__)
        return False
    return True
