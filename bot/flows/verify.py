"""Runs that rules and people started for incidents enter; whether they helped leaves, and a call where they did not.

A fix is verified when its alert resolves in time. One that is not escalates, and its rule stops for these hosts.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.errors import UnknownName
from bot.flows.act_run import METRIC
from bot.flows.calling import Calling
from bot.flows.incident_story import Story
from bot.ledger import Incidents, Ledger, Suggestions
from bot.metrics import Counters
from bot.model.alert import AlertStatus
from bot.model.incident import Incident, IncidentStatus
from bot.model.run import Run
from bot.model.status import RunStatus
from bot.model.suggestion import UNDER_WAY, Call, Suggestion, SuggestionState
from bot.model.words import duration, some

TAKING_SECONDS = 60
"""How long a person's asking for a run takes at most; who takes longer has died over it."""
_WRONG = frozenset({RunStatus.FAILED, RunStatus.TIMEOUT, RunStatus.LOST, RunStatus.ERROR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """The flow with the stations it passes."""

    ledger: Ledger
    incidents: Incidents
    suggestions: Suggestions
    story: Story
    counters: Counters
    calling: Calling
    clock: Callable[[], float] = time.time

    def handle(self) -> None:
        """Look after all of them once; Unavailable when a store is away, and it has to be done again."""
        for suggestion in self.suggestions.find(*UNDER_WAY):
            self._look_after(suggestion)
        self._withdraw()
        for suggestion in self.suggestions.find(SuggestionState.STARTING):
            if suggestion.taken_by and self._now() - suggestion.changed_at > timedelta(seconds=TAKING_SECONDS):
                self._move(replace(suggestion, taken_by=""), SuggestionState.OFFERED, "Nobody knows whether it ran.")
        for call in self.suggestions.due_calls(self._now()):
            self._call(call)

    def _withdraw(self) -> None:
        """Offers whose incident is over."""
        offered = [each for each in self.suggestions.find(SuggestionState.OFFERED) if each.incident_id is not None]
        if not offered:
            return
        known = {incident.id for incident in self.incidents.find(last=1000)}
        for suggestion in offered:
            if suggestion.incident_id not in known and self.story.open(suggestion.incident_id) is None:
                self._move(suggestion, SuggestionState.WITHDRAWN, "The incident is over.")

    def _look_after(self, suggestion: Suggestion) -> None:
        run = None if suggestion.run_id is None else self.ledger.get(suggestion.run_id)
        if run is None or not run.status.final:
            return
        if run.status in _WRONG:
            self._failed(suggestion, run, f"Run {run.id} of {run.plan.runbook} is {run.status}.")
        elif run.status is not RunStatus.SUCCESSFUL or self._nothing_to_verify(suggestion, run):
            self._over(suggestion, run, SuggestionState.ENDED, f"Run {run.id} is {run.status}.")
        elif (said := self._resolved(suggestion, run)) is not None:
            self._over(suggestion, run, *said)
        elif self._too_late(suggestion, run):
            within = duration(suggestion.verify or 0)
            what = f"Run {run.id} of {run.plan.runbook} was successful on {some(suggestion.hosts)},"
            self._failed(suggestion, run, f"{what} and the alert did not resolve within {within}.")

    @staticmethod
    def _nothing_to_verify(suggestion: Suggestion, run: Run) -> bool:
        return suggestion.verify is None or suggestion.incident_id is None or run.plan.options.check

    def _resolved(self, suggestion: Suggestion, run: Run) -> tuple[SuggestionState, str] | None:
        """Where it stands when the alert is over, or a person has closed the incident; None while it is neither."""
        incident = self._incident(suggestion)
        if incident is None or (incident.closed and incident.closed_by):
            return SuggestionState.ENDED, "A person closed the incident."
        if incident.closed or self._alerts_are_over(suggestion, incident):
            return SuggestionState.VERIFIED, f"The alert resolved after run {run.id}."
        return None

    def _alerts_are_over(self, suggestion: Suggestion, incident: Incident) -> bool:
        """Whether those of the hosts that the run was for are; where none names such a host, all of them."""
        found = [standing.alert for standing in self.incidents.alerts(incident.id)]
        own = [alert for alert in found if alert.host in suggestion.hosts] or found
        return bool(own) and all(alert.status is AlertStatus.RESOLVED for alert in own)

    def _too_late(self, suggestion: Suggestion, run: Run) -> bool:
        ended = run.ended_at or suggestion.changed_at
        return self._now() > ended + timedelta(seconds=suggestion.verify or 0)

    def _failed(self, suggestion: Suggestion, run: Run, why: str) -> None:
        """The rule stops here, and people are called."""
        if not self._over(suggestion, run, SuggestionState.UNVERIFIED, why):
            return
        if suggestion.incident_id is not None:
            text = f"Incident {suggestion.incident_id}: {why} {suggestion.actor} has stopped for these hosts."
            place = self.calling.where(suggestion.incident_id)
            self.calling.chat.say(place, text, f"unverified:{suggestion.key}")
            self.story.add(suggestion.incident_id, "escalated", suggestion.actor, why, key=suggestion.key)

    def _over(self, suggestion: Suggestion, run: Run, state: SuggestionState, why: str) -> bool:
        """Write it down, and count it, once; whether that was now."""
        if not self._move(suggestion, state, why):
            return False
        if suggestion.state is SuggestionState.STARTED:
            self.counters.count(METRIC, run.status.value)
        if state in (SuggestionState.VERIFIED, SuggestionState.UNVERIFIED) and suggestion.verify is not None:
            self.counters.count("signalbox_fixes_total", state.value)
        if state is not SuggestionState.UNVERIFIED:
            self.story.add(suggestion.incident_id, state.value, suggestion.actor, why, key=suggestion.key)
        return True

    def _move(self, suggestion: Suggestion, state: SuggestionState, why: str) -> bool:
        moved = replace(suggestion, state=state, reason=why, changed_at=self._now())
        return self.suggestions.change(moved, suggestion.state)

    def _call(self, call: Call) -> None:
        """Call the next one, unless somebody has acted; said first, and only then written down."""
        incident = self.story.open(call.incident_id)
        acted = incident is None or incident.status is not IncidentStatus.OPEN
        if acted or call.step >= len(call.to):
            self.suggestions.move_call(replace(call, next_at=None), call.step)
            return
        name = call.to[call.step]
        text = call.text or f"Nobody has acted on incident {call.incident_id}."
        self.calling.handle(call.incident_id, name, text, f"call:{call.key}:{call.step}")
        self.story.add(call.incident_id, "called", "", name, key=f"{call.key}:{call.step}")
        last = call.step + 1 == len(call.to)
        after = None if last else self._now() + timedelta(seconds=call.after)
        self.suggestions.move_call(replace(call, step=call.step + 1, next_at=after), call.step)

    def _incident(self, suggestion: Suggestion) -> Incident | None:
        try:
            return None if suggestion.incident_id is None else self.incidents.get(suggestion.incident_id)
        except UnknownName:
            return None

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)
