"""What helped, what hurt, what makes noise: figures by hand against figures that are made."""

from datetime import UTC, datetime, timedelta

from bot.model.alert import Severity
from bot.model.command import AskRun
from bot.model.incident import Incident, IncidentStatus
from bot.model.statistics import Noise, noise, runbook_figures
from bot.model.suggestion import Suggestion, SuggestionState

NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def incident(number: int, minutes: float | None = None, *, at: datetime = NOW, symptom: str = "down") -> Incident:
    """One that took so many minutes, or is still open."""
    closed = None if minutes is None else at + timedelta(minutes=minutes)
    return Incident(
        id=number,
        status=IncidentStatus.OPEN if closed is None else IncidentStatus.CLOSED,
        group="g",
        source="s",
        service="site",
        symptom=symptom,
        title="t",
        severity=Severity.CRITICAL,
        opened_at=at,
        last_at=at,
        closed_at=closed,
    )


def suggestion(state: SuggestionState, incident_id: int, *, run: int | None = None, by: str = "") -> Suggestion:
    """One of the runbook mend."""
    return Suggestion(
        key=f"{state}{incident_id}",
        incident_id=incident_id,
        actor="rule:a/b",
        ask=AskRun(runbook="mend"),
        state=state,
        run_id=run,
        taken_by=by,
        at=NOW,
        changed_at=NOW,
    )


def test_time_saved_is_against_the_like_in_which_nothing_ran() -> None:
    """Given two that took 30 and 50 minutes alone, when one with a fix takes 5, then 35 minutes are saved."""
    found = [incident(1, 30), incident(2, 50), incident(3, 5), incident(4, 1, symptom="slow")]
    (figures,) = runbook_figures([], [suggestion(SuggestionState.VERIFIED, 3, run=7)], found)
    assert (figures.fixed, figures.not_fixed, figures.saved) == (1, 0, 35 * 60)


def test_without_a_like_nobody_knows_what_was_saved() -> None:
    """Given nothing to compare with, when a fix helped, then no time is made up."""
    (figures,) = runbook_figures([], [suggestion(SuggestionState.VERIFIED, 1, run=7)], [incident(1, 5)])
    assert figures.saved is None


def test_offers_that_people_left_are_overridden() -> None:
    """Given an offer taken, one left and one that stands, when they are counted, then one of three is overridden."""
    offers = [
        suggestion(SuggestionState.TAKEN, 1, run=1, by="terminal:anna"),
        suggestion(SuggestionState.WITHDRAWN, 2),
        suggestion(SuggestionState.OFFERED, 3),
        suggestion(SuggestionState.UNVERIFIED, 4, run=2),
    ]
    (figures,) = runbook_figures([], offers, [])
    assert (figures.overridden, figures.offered, figures.not_fixed) == (1, 3, 1)


def test_noise_is_against_as_many_days_before() -> None:
    """Given incidents today and yesterday, when a day is looked at, then each kind has its trend, the loudest first."""
    yesterday = NOW - DAY + timedelta(hours=1)
    found = [incident(1, 10), incident(2, 20), incident(3, at=yesterday), incident(4, symptom="slow", at=yesterday)]
    found.append(incident(5, at=NOW - 3 * DAY))
    assert noise(found, NOW, DAY) == (
        Noise(symptom="down", service="site", incidents=2, before=1, seconds=900.0),
        Noise(symptom="slow", service="site", incidents=0, before=1),
    )
