"""stats: which runbooks help or hurt, and what makes the most noise, in the last days."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.flows.await_consent import utc_now
from bot.flows.permission import Permission
from bot.ledger import Incidents, Ledger, Suggestions
from bot.model.command import AskStats
from bot.model.reply import Part, Reply, Table, Text
from bot.model.request import Request
from bot.model.statistics import Noise, RunbookFigures, noise, runbook_figures
from bot.model.suggestion import SuggestionState
from bot.model.words import duration

MOST = 1000
ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class InquireStats:
    """The question about figures; of runbooks those are told that somebody may use where they ran."""

    ledger: Ledger
    incidents: Incidents
    suggestions: Suggestions
    permission: Permission
    clock: Callable[[], datetime] = utc_now

    def handle(self, ask: AskStats, request: Request) -> Reply:
        """Two tables, of the newest thousand runs, suggestions and incidents at most."""
        length = timedelta(days=ask.days)
        since = self.clock() - length
        incidents = self.incidents.find(also_closed=True, last=MOST)
        runs = [run for run in self.ledger.find(last=MOST) if run.created_at >= since]
        seen = [run for run in runs if self.permission.may_act(request, run.plan.runbook, run.plan.target.environment)]
        known = {run.plan.runbook for run in seen}
        offers = [
            each
            for each in self.suggestions.find(*SuggestionState, last=MOST)
            if each.at >= since and each.ask.runbook in known
        ]
        figures = runbook_figures(seen, offers, [each for each in incidents if each.opened_at >= since])
        loud = noise(incidents, since, length)
        parts: list[Part] = [_runbooks(figures[:ROWS], ask.days)] if figures else []
        parts += [_noise(loud[:ROWS], ask.days)] if loud else []
        return Reply(parts=tuple(parts) or (Text(text=f"Nothing has happened in the last {_days(ask.days)}."),))


def _runbooks(figures: tuple[RunbookFigures, ...], days: int) -> Table:
    columns = ("runbook", "runs", "well", "badly", "typical time", "fixes that helped", "overridden", "time saved")
    rows = tuple(
        (
            each.runbook,
            str(each.runs),
            _share(each.well, each.runs),
            _share(each.badly, each.runs),
            _time(each.seconds),
            _of(each.fixed, each.fixed + each.not_fixed),
            _of(each.overridden, each.offered),
            _saved(each.saved),
        )
        for each in figures
    )
    return Table(title=f"Runbooks, last {_days(days)}", columns=columns, rows=rows)


def _noise(found: tuple[Noise, ...], days: int) -> Table:
    rows = tuple((each.symptom, each.service, str(each.incidents), _trend(each), _time(each.seconds)) for each in found)
    columns = ("what", "of", "incidents", "trend", "typical time until it is over")
    return Table(title=f"Incidents, last {_days(days)}", columns=columns, rows=rows)


def _trend(each: Noise) -> str:
    """Against the days before those."""
    if each.incidents == each.before:
        return "as before"
    word = "more" if each.incidents > each.before else "fewer"
    return f"{abs(each.incidents - each.before)} {word} than before"


def _share(count: int, of: int) -> str:
    return f"{count} ({round(100 * count / of)}%)" if of else ""


def _of(count: int, of: int) -> str:
    return f"{count} of {of}" if of else ""


def _time(seconds: float | None) -> str:
    return "" if seconds is None else duration(seconds)


def _saved(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return duration(seconds) if seconds >= 0 else f"-{duration(-seconds)}"


def _days(days: int) -> str:
    return "day" if days == 1 else f"{days} days"
