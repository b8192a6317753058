"""A relay looks after incidents: what SQL says of them enters; what conversations show, and next steps, leave.

SQL is the truth, and one relay at a time acts on it. Every step does no harm when it is done twice.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from bot.alerts import AlertConfig, close_quiet, escalate, quiet
from bot.chat import Chat
from bot.chat.incident_words import QUIET_KINDS
from bot.errors import Misconfigured, WrongState
from bot.flows.await_consent import utc_now
from bot.flows.journal import Journal
from bot.ledger import Incidents
from bot.metrics import Counters
from bot.model.incident import IncidentCard, Step
from bot.model.people import Conversation
from bot.queue import Leases

if TYPE_CHECKING:
    from bot.flows.hand_over import HandOver

_log = structlog.get_logger(__name__)

LEASE = "incidents"
EVERY_SECONDS = 0.5
"""What comes in between is shown together."""
TEND_SECONDS = 2.0
PRUNE_SECONDS = 60.0
NEW_PLACE = timedelta(hours=1)
"""A place that shows nothing of an incident shows it when it is open, or was closed not longer ago."""
KEEP = timedelta(days=30)
"""How long it is remembered what came, so that it does not count twice."""


@dataclass(slots=True, kw_only=True)
class TendIncidents:
    """The flow; `places` are the conversations of those configured that can be written to here.

    `hand_over` is None where rules fetch for themselves what is new. `recall` adds to a card what could be done.
    """

    config: Callable[[], AlertConfig]
    incidents: Callable[[], Incidents]
    places: Callable[[], tuple[Conversation, ...]]
    chat: Chat
    leases: Leases
    counters: Counters
    journal: Journal
    hand_over: "Callable[[], HandOver | None]"
    recall: Callable[[IncidentCard], IncidentCard]
    clock: Callable[[], datetime] = utc_now
    changed: Callable[[], bool] = lambda: True
    _next: float = field(default=0.0, init=False)
    _tend: float = field(default=0.0, init=False)
    _prune: float = field(default=0.0, init=False)

    def handle(self, now: float) -> None:
        """One round when it is time for one; `now` is a monotonic clock in seconds. Unavailable: come again.

        While nothing is `changed` in SQL, it is time only every TEND_SECONDS.
        """
        if now < self._next:
            return
        self._next = now + EVERY_SECONDS
        if not (self.changed() or now >= self._tend):
            return
        if not self.leases.take(LEASE):
            return
        if (hand_over := self.hand_over()) is not None:
            hand_over.handle()
        if now >= self._tend:
            self._tend = now + TEND_SECONDS
            self._close_quiet()
            self._escalate()
        if now >= self._prune:
            self._prune = now + PRUNE_SECONDS
            self.incidents().prune(self.clock() - KEEP)
        for place in self._usable_places():
            self._show(place)

    def _usable_places(self) -> tuple[Conversation, ...]:
        try:
            return self.places()
        except Misconfigured:  # a policy that was never good; `doctor` says what is wrong with it
            return ()

    def _close_quiet(self) -> None:
        grouping, now = self._config().grouping, self.clock()
        for incident, firing in self.incidents().flapping():
            if quiet(incident, firing, now, grouping):
                self._change(incident.id, close_quiet(now))

    def _escalate(self) -> None:
        """The next step for each that nobody has acted on for so long; one at a time, so that each is heard."""
        steps, now = self._config().escalation, self.clock()
        if not steps:
            return
        for incident in self.incidents().unattended():
            number = incident.escalated + 1
            if number > len(steps) or now - incident.since < timedelta(seconds=steps[number - 1].after):
                continue
            if self._change(incident.id, escalate(number, steps[number - 1].to, now)):
                self.journal.escalated(incident.id, steps[number - 1].to)
                self.counters.count("signalbox_escalations_total", str(number))
                _log.warning("nobody has acted", incident=incident.id, step=number)

    def _change(self, incident_id: int, step: Step) -> bool:
        with suppress(WrongState):  # somebody was quicker
            self.incidents().change(incident_id, step)
            return True
        return False

    def _config(self) -> AlertConfig:
        try:
            return self.config()
        except Misconfigured:
            return AlertConfig()

    def _show(self, place: Conversation) -> None:
        """The newest card first, then the lines below it, then the note that both are shown."""
        ledger, there = self.incidents(), str(place)
        for incident_id, told in ledger.to_show(there, self.clock() - NEW_PLACE):
            card = self.recall(ledger.card(incident_id))
            self.chat.show_incident(place, card)
            last = told
            for event in ledger.timeline(incident_id):
                if event.id > told and event.kind not in QUIET_KINDS:
                    self.chat.tell_incident(place, event)
                last = max(last, event.id)
            ledger.shown(incident_id, there, card.incident.edition, last)
