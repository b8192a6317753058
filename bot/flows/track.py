"""One run as a relay sees it: events enter, its card in the conversation is kept current, at most once a second.

While nothing happens the card is shown again from time to time: its clock goes on, so that people see that it lives.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.chat import Chat
from bot.flows.cards import card_of
from bot.flows.waiting import broke_glass_text, waiting_of
from bot.ledger import Ledger
from bot.model.consent import Pending
from bot.model.event import ENDED, STATUS, RunEvent
from bot.model.run import Run
from bot.model.status import RunStatus
from bot.model.view import RunCard, RunView
from bot.progress import Progress

SHOW_SECONDS = 1.0
SETTLE_SECONDS = 0.2
"""What comes together is shown together: the last result of a task, and the beginning of the next one."""
BEAT_SECONDS = 10.0
BEATS_A_MINUTE = 20
"""So many cards of quiet runs are shown again, all together: less than half of what Slack's rates allow."""


class Track:
    """The folded state of one run, and what its conversation was shown of it."""

    def __init__(self, *, run: Run, chat: Chat, ledger: Ledger, clock: Callable[[], float] = time.time) -> None:
        self.run = run
        self.silent_since: float | None = None
        self._chat = chat
        self._ledger = ledger
        self._clock = clock
        self._progress = Progress(run.id, run.plan.target.hosts)
        self._view: RunView | None = None
        self._ref = ledger.card_ref(run.id)
        self._pending = ledger.consent(run.id)
        self.checked = False
        self.waits = run.status is RunStatus.AWAITING_APPROVAL
        self._changed = True
        self._show_at = 0.0
        self._settled_at: float | None = None
        self._heard_at = clock()
        self._beat_at = 0.0
        self.counter = 0
        self.drained = False
        self.begun = False
        self.heard = False
        self.noted = False
        self._behind = ""
        self.queue = ""
        self.trimmed = 0

    @property
    def view(self) -> RunView:
        """What the events so far look like; made when asked for, because thousands of hosts take their time."""
        if self._view is None:
            self._view = self._progress.view()
        return self._view

    def catch_up(self) -> None:
        """Fold what an earlier relay has stored already."""
        after = 0
        while events := self._ledger.events(self.run.id, after=after):
            after = events[-1].counter
            self.fold(events)

    def fold(self, events: Sequence[RunEvent]) -> None:
        """Take in events that are stored; a change of status goes to the ledger at once, and again should that fail."""
        for event in events:
            if self.waits and event.kind == STATUS:  # who said yes has queued it, and a worker was quick
                self._ledger.set_status(self.run.id, RunStatus.QUEUED)
            if event.kind == STATUS and (status := _under_way(event)):
                self._ledger.set_status(self.run.id, status, at=_utc(event.at))
                self.begun, self._behind = True, ""
            self.heard = self.heard or not event.kind.startswith("run_")
            self._progress.apply(event)
            self.counter, self._heard_at = event.counter, event.at
            self.drained = self.drained or event.kind == ENDED
            self._changed, self._view = True, None

    def wait_for(self, pending: Pending, *, checked: bool = False) -> None:
        """Note what the run waits for, and that its check has ended, so that the card shows what is new in it."""
        if self._pending is None or pending.edition != self._pending.edition or checked != self.checked:
            self._changed = True
        self._pending, self.checked = pending, checked

    def go_on(self) -> None:
        """People have said yes: the run is queued."""
        self._ledger.set_status(self.run.id, RunStatus.QUEUED)
        self.waits, self.silent_since, self._changed = False, None, True

    def stand_behind(self, text: str) -> None:
        """Note which other runs it waits for; its card says so."""
        if text != self._behind:
            self._behind, self._changed = text, True

    def settle(self) -> None:
        """Store how the run and its hosts came out.

        The event that told of a status may have been damaged, and no run ends without the steps before it: those that
        are missing are made up for, so that a run whose events are over is never taken up again.
        """
        view, run_id = self.view, self.run.id
        ended_at = _utc(view.ended_at) if view.ended_at is not None else None
        self._ledger.set_outcomes(run_id, view.outcomes)
        steps = (RunStatus.QUEUED, view.status, RunStatus.STARTING, RunStatus.RUNNING, view.status, RunStatus.ERROR)
        for status in (view.status, *steps):
            if self._ledger.set_status(run_id, status, reason=view.reason, at=ended_at) and status.final:
                break

    def recap(self) -> None:
        """Post the recap, and note that it is posted; the chat passes over a second one with the same key."""
        self._chat.post_recap(self.run.conversation, self._card(self.view), key=f"recap:{self.run.id}")
        self._ledger.set_recapped(self.run.id)

    def silent(self, now: float) -> float:
        """Seconds since the first call without a sign of life."""
        if self.silent_since is None:
            self.silent_since = now
        return now - self.silent_since

    def show(self, now: float, runs: int = 1) -> None:
        """Post the card, or bring it up to date when something changed and a second has gone by.

        With nothing new it is shown again now and then, the more rarely the more `runs` there are.
        """
        if not self._due(now):
            return
        card, conversation, known = self._card(self.view, self._quiet()), self.run.conversation, bool(self._ref)
        if not known:
            self._ref = self._chat.post_card(conversation, card, key=f"card:{self.run.id}")
            self._ledger.set_card_ref(self.run.id, self._ref)
        if known or self.drained:
            self._chat.update_card(conversation, self._ref, card)
        # A relay that died may have posted an older card under the same key: the chat then keeps that one.
        self._changed = not known and (self.counter > 0 or self._pending is not None)
        self._show_at, self._settled_at = now + SHOW_SECONDS, now if self._changed else None
        self._beat_at = now + max(BEAT_SECONDS, runs * 60 / BEATS_A_MINUTE)

    def _card(self, view: RunView, quiet: int = 0) -> RunCard:
        """What the conversation is shown; what people are asked is part of it as long as they are."""
        card, pending = card_of(self.run, view, quiet, self._behind), self._pending
        if pending is None:
            return card
        edition = 2 * pending.edition + int(self.checked)
        card = replace(card, edition=edition, broke_glass=broke_glass_text(self.run, pending))
        if not self.waits or view.counter:
            return card
        waiting = replace(view, status=RunStatus.AWAITING_APPROVAL)
        return replace(card, view=waiting, waiting=waiting_of(self._ledger, self.run, pending))

    def _due(self, now: float) -> bool:
        """Whether the card is to be shown: the first one and the last one at once, others when news have settled."""
        if self._changed and self._settled_at is None:
            self._settled_at = now + SETTLE_SECONDS if self._ref else now
        if self.drained:
            return self._changed
        news = self._settled_at is not None and now >= self._settled_at
        return now >= self._show_at and (news or self._beats(now))

    def _quiet(self) -> int:
        """Whole seconds without an event, while there may still be one."""
        return 0 if self.waits or self.view.status.final else max(0, int(self._clock() - self._heard_at))

    def _beats(self, now: float) -> bool:
        """Whether the card of a run that goes on has stood still for long."""
        return now >= self._beat_at and self.view.started_at is not None and not self.view.status.final


def _under_way(event: RunEvent) -> RunStatus | None:
    """The status that a STATUS event tells of; None for a word that can't be, as a newer version may send it."""
    try:
        status = RunStatus(event.data.get("status", ""))
    except ValueError:
        return None
    return None if status.final else status


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
