"""An incident enters; what could be done next about it leaves, each with a preview and every guard's answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.errors import CouldNotRun, Refused, WrongState
from bot.flows.explain import Explain
from bot.flows.incident_story import Story
from bot.flows.repeat import Repetition
from bot.flows.start import Start, Started
from bot.flows.store import Lineage
from bot.ledger import Incidents, Ledger, Suggestions
from bot.model.explanation import Explanation
from bot.model.incident import Incident
from bot.model.next_action import NextAction, Past, again, ranked
from bot.model.people import Origin
from bot.model.request import Accepted, Awaiting, Request
from bot.model.run import Run
from bot.model.status import RunStatus
from bot.model.suggestion import SuggestionState

MOST_INCIDENTS = 50
"""Earlier ones that are looked at, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """One of them, as the person who looks may do it; `problem` says why it cannot be asked for at all."""

    action: NextAction
    explanation: Explanation | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextActions:
    """The flow with the stations it passes."""

    ledger: Ledger
    incidents: Incidents
    suggestions: Suggestions
    explain: Explain
    start: Start
    story: Story

    def handle(self, incident_id: int, request: Request, most: int = 5) -> tuple[Previewed, ...]:
        """The first few; nothing changes. UnknownName when there is no such incident."""
        incident = self.incidents.get(incident_id)
        offers = [
            each for each in self.suggestions.of_incidents([incident_id]) if each.state is SuggestionState.OFFERED
        ]
        past = list(self._past(incident))
        found = ranked(offers, past, self._known(incident_id, past))
        return tuple(self._previewed(action, request) for action in found[:most])

    def replay(self, incident_id: int, request: Request) -> Started:
        """Ask for the last run that ended an incident like this one, resolved anew; WrongState when there was none."""
        past = next(self._past(self.incidents.get(incident_id)), None)
        ask = None if past is None else again(past, self._known(incident_id, [past]))
        if past is None or ask is None:
            what = f"No earlier incident like {incident_id} was ended by a run."
            raise WrongState(what, f"`incident {incident_id}` shows what else could be done.")
        lineage = Lineage(parent=past.run_id, how="rerun")
        answer = self.start.handle(ask, replace(request, origin=Origin.REPLAY), lineage=lineage)
        if isinstance(answer, Accepted | Awaiting):
            text = f"as run {past.run_id} in incident {past.incident_id}"
            self.story.add(incident_id, "replayed", str(request.actor), text, run=answer.run.id)
        return answer

    def _previewed(self, action: NextAction, request: Request) -> Previewed:
        try:
            return Previewed(action=action, explanation=self.explain.handle(action.ask, request))
        except Refused as refusal:
            return Previewed(action=action, problem=str(refusal))

    def _past(self, incident: Incident) -> Iterator[Past]:
        """Runs that were successful in earlier incidents of the same service and symptom, newest first."""
        alike = (
            each
            for each in self.incidents.find(also_closed=True, last=1000)
            if each.closed and each.id != incident.id and _kind(each) == _kind(incident)
        )
        for number, each in enumerate(alike):
            if number == MOST_INCIDENTS:
                return
            yield from self._of(each)

    def _of(self, incident: Incident) -> Iterator[Past]:
        hosts = set(self._hosts(incident.id))
        asked = dict.fromkeys(event.run_id for event in self.incidents.timeline(incident.id))
        for run_id in reversed([each for each in asked if each is not None]):
            made = self._run(run_id, incident)
            if made is None or made.started_at is None or incident.closed_at is None:
                continue
            try:
                ask = Repetition(planning=self.explain.planning, ledger=self.ledger).ask("rerun", run_id)
            except Refused:  # its runbook is no more
                continue
            yield Past(
                incident_id=incident.id,
                run_id=run_id,
                ask=ask,
                actor=str(made.actor),
                seconds=max(0.0, (incident.closed_at - made.started_at).total_seconds()),
                on_its_hosts=bool(hosts) and set(made.plan.target.hosts) <= hosts,
            )

    def _run(self, run_id: int, incident: Incident) -> Run | None:
        """The run, when it was successful before the incident closed, and changed something."""
        try:
            run = self.ledger.get(run_id)
        except Refused:
            return None
        done = run.status is RunStatus.SUCCESSFUL and not run.plan.options.check
        in_time = run.ended_at is not None and incident.closed_at is not None and run.ended_at <= incident.closed_at
        return run if done and in_time else None

    def _known(self, incident_id: int, past: Sequence[Past]) -> dict[str, tuple[str, ...]]:
        """The hosts that the incident's alerts name, as far as they are some, by environment: letter by letter."""
        named, found = self._hosts(incident_id), {}
        for environment in {each.ask.environment or "" for each in past}:
            try:
                there = set(self.start.inventories.resolve(environment, None).hosts)
            except (Refused, CouldNotRun):
                continue
            found[environment] = tuple(host for host in named if host in there)
        return found

    def _hosts(self, incident_id: int) -> tuple[str, ...]:
        found = (standing.alert.host for standing in self.incidents.alerts(incident_id))
        return tuple(dict.fromkeys(host for host in found if host))


def _kind(incident: Incident) -> tuple[str, str]:
    return incident.service, incident.symptom
