"""Runs, suggestions and incidents enter; what helped, what hurt, and what makes noise leaves, as plain figures."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from bot.model.incident import Incident
from bot.model.run import Run
from bot.model.status import RunStatus
from bot.model.suggestion import Suggestion, SuggestionState

_LEFT = frozenset({SuggestionState.OFFERED, SuggestionState.WITHDRAWN})
_DONE = frozenset({RunStatus.SUCCESSFUL})
_BAD = frozenset({RunStatus.FAILED, RunStatus.TIMEOUT, RunStatus.LOST, RunStatus.ERROR})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookFigures:
    """Of one runbook: runs for real that are over, how many did well and badly, the median of how long in seconds.

    `fixed` and `not_fixed` are runs of rules after which the alert had to resolve in time. Of what rules offered,
    `overridden` were left by people, of `offered` in all. `saved` is by how many seconds incidents in which it helped
    were over sooner than their like without any run, None where there is nothing to compare.
    """

    runbook: str
    runs: int
    well: int
    badly: int
    seconds: float | None = None
    fixed: int = 0
    not_fixed: int = 0
    offered: int = 0
    overridden: int = 0
    saved: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Incidents of one symptom and service: how many in the period, and in the one of the same length before it."""

    symptom: str
    service: str
    incidents: int
    before: int
    seconds: float | None = None


def runbook_figures(
    runs: Iterable[Run], suggestions: Sequence[Suggestion], incidents: Sequence[Incident]
) -> tuple[RunbookFigures, ...]:
    """By runbook, the one with the most runs first."""
    done: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if run.status.final and not run.plan.options.check:
            done[run.plan.runbook].append(run)
    rules: dict[str, list[Suggestion]] = defaultdict(list)
    for suggestion in suggestions:
        rules[suggestion.ask.runbook].append(suggestion)
    known = {incident.id: incident for incident in incidents}
    acted = {each.incident_id for each in suggestions if each.run_id is not None}
    alone = _by_kind(incident for incident in incidents if incident.id not in acted)
    made = [_figures(name, done[name], rules[name], known, alone) for name in {*done, *rules}]
    return tuple(sorted(made, key=lambda each: (-each.runs, each.runbook)))


def noise(incidents: Iterable[Incident], since: datetime, length: timedelta) -> tuple[Noise, ...]:
    """The noisiest first; `since` is when the period began."""
    now: dict[tuple[str, str], list[Incident]] = defaultdict(list)
    before: dict[tuple[str, str], list[Incident]] = defaultdict(list)
    for incident in incidents:
        if incident.opened_at >= since:
            now[_kind(incident)].append(incident)
        elif incident.opened_at >= since - length:
            before[_kind(incident)].append(incident)
    made = [
        Noise(
            symptom=kind[1],
            service=kind[0],
            incidents=len(now[kind]),
            before=len(before[kind]),
            seconds=_median(_took(each) for each in now[kind]),
        )
        for kind in {*now, *before}
    ]
    return tuple(sorted(made, key=lambda each: (-each.incidents, -each.before, each.symptom, each.service)))


def _figures(
    name: str,
    runs: Sequence[Run],
    suggestions: Sequence[Suggestion],
    known: Mapping[int, Incident],
    alone: Mapping[tuple[str, str], float],
) -> RunbookFigures:
    took = [(run.ended_at - run.started_at).total_seconds() for run in runs if run.ended_at and run.started_at]
    states = [each.state for each in suggestions]
    offers = [each for each in suggestions if each.taken_by or each.state in _LEFT]
    return RunbookFigures(
        runbook=name,
        runs=len(runs),
        well=sum(run.status in _DONE for run in runs),
        badly=sum(run.status in _BAD for run in runs),
        seconds=_median(took),
        fixed=states.count(SuggestionState.VERIFIED),
        not_fixed=states.count(SuggestionState.UNVERIFIED),
        offered=len(offers),
        overridden=sum(each.state is SuggestionState.WITHDRAWN for each in offers),
        saved=_saved(suggestions, known, alone),
    )


def _saved(
    suggestions: Sequence[Suggestion], known: Mapping[int, Incident], alone: Mapping[tuple[str, str], float]
) -> float | None:
    """By how much sooner each incident that it ended was over than its like alone; all together."""
    verified = [each for each in suggestions if each.state is SuggestionState.VERIFIED]
    helped = [
        known[each.incident_id] for each in verified if each.incident_id is not None and each.incident_id in known
    ]
    sooner = [
        alone[_kind(incident)] - took
        for incident in helped
        if _kind(incident) in alone and (took := _took(incident)) is not None
    ]
    return sum(sooner) if sooner else None


def _by_kind(incidents: Iterable[Incident]) -> dict[tuple[str, str], float]:
    """How long incidents take, by service and symptom: the median in seconds."""
    took: dict[tuple[str, str], list[float]] = defaultdict(list)
    for incident in incidents:
        if (seconds := _took(incident)) is not None:
            took[_kind(incident)].append(seconds)
    return {kind: median(each) for kind, each in took.items()}


def _took(incident: Incident) -> float | None:
    return None if incident.closed_at is None else (incident.closed_at - incident.opened_at).total_seconds()


def _median(seconds: Iterable[float | None]) -> float | None:
    known = [each for each in seconds if each is not None]
    return median(known) if known else None


def _kind(incident: Incident) -> tuple[str, str]:
    return incident.service, incident.symptom
