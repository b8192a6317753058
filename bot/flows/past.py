"""An incident enters; earlier ones of its kind leave, and the runs that ended them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from bot.errors import CouldNotRun, Refused
from bot.flows.planning import Planning
from bot.flows.repeat import Repetition
from bot.ledger import Incidents, Ledger, Suggestions
from bot.model.command import AskRun
from bot.model.incident import Incident
from bot.model.next_action import Past, again
from bot.model.run import Run
from bot.model.status import RunStatus
from bot.model.suggestion import Suggestion, SuggestionState

MOST_INCIDENTS = 50
"""Earlier ones that are looked at, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The flow with the stations it passes."""

    ledger: Ledger
    incidents: Incidents
    suggestions: Suggestions
    planning: Planning

    def offers(self, incident_id: int) -> list[Suggestion]:
        """What rules suggest, and nobody has taken yet."""
        found = self.suggestions.of_incidents([incident_id])
        return [each for each in found if each.state is SuggestionState.OFFERED]

    def again(self, incident_id: int, past: Past) -> AskRun | None:
        """What was done then, for an incident of now; None when it means no host now."""
        return again(past, self.known(incident_id, [past]))

    def runs(self, incident: Incident) -> Iterator[Past]:
        """Runs that were successful in earlier incidents of the same service and symptom, newest first."""
        for each in islice(self.alike(incident), MOST_INCIDENTS):
            yield from self._of(each)

    def alike(self, incident: Incident) -> Iterator[Incident]:
        """Earlier incidents of the same service and symptom that are over, newest first."""
        for each in self.incidents.find(also_closed=True, last=1000):
            if each.closed and each.id != incident.id and _kind(each) == _kind(incident):
                yield each

    def _of(self, incident: Incident) -> Iterator[Past]:
        hosts = set(self._hosts(incident.id))
        asked = dict.fromkeys(event.run_id for event in self.incidents.timeline(incident.id))
        for run_id in reversed([each for each in asked if each is not None]):
            made = self._run(run_id, incident)
            if made is None or made.started_at is None or incident.closed_at is None:
                continue
            try:
                ask = Repetition(planning=self.planning, ledger=self.ledger).ask("rerun", run_id)
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

    def known(self, incident_id: int, past: Sequence[Past]) -> dict[str, tuple[str, ...]]:
        """The hosts that the incident's alerts name, as far as they are some, by environment: letter by letter."""
        named, found = self._hosts(incident_id), {}
        for environment in {each.ask.environment or "" for each in past}:
            try:
                there = set(self.planning.inventories.resolve(environment, None).hosts)
            except (Refused, CouldNotRun):
                continue
            found[environment] = tuple(host for host in named if host in there)
        return found

    def _hosts(self, incident_id: int) -> tuple[str, ...]:
        found = (standing.alert.host for standing in self.incidents.alerts(incident_id))
        return tuple(dict.fromkeys(host for host in found if host))


def _kind(incident: Incident) -> tuple[str, str]:
    return incident.service, incident.symptom
