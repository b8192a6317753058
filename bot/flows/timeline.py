"""An incident's number enters; its whole story leaves: alerts, what people said and did, runs, and how long it took."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.chat.incident_words import about, deed, standing_words, status_words
from bot.ledger import AuditQuestion, AutomationEvent, Incidents, Ledger
from bot.model.incident import Incident, IncidentEvent
from bot.model.words import duration

ROWS = 1000
MOST_RUNS = 100
OWN_ACTION = "incident"
"""Rows of the audit that say what the story has already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: when, who (empty for an alert), what."""

    at: datetime
    kind: str
    actor: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All of it, oldest first; `times` are names with what is known under each."""

    incident: Incident
    entries: tuple[Entry, ...]
    times: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The flow with the stations it passes."""

    incidents: Incidents
    ledger: Ledger

    def handle(self, incident_id: int) -> Story:
        """The story of an incident; UnknownName when there is none of that number."""
        card = self.incidents.card(incident_id, most=0)
        told = self.incidents.timeline(incident_id)
        rows = self._rows(incident_id, told)
        entries = [*(_told(event) for event in told), *(entry for row in rows for entry in self._did(row))]
        incident = card.incident
        facts = [("what", about(incident)), ("status", status_words(incident)), ("alerts", standing_words(card))]
        return Story(
            incident=incident,
            entries=tuple(sorted(entries, key=lambda entry: entry.at)),
            times=(*facts, *_times(incident, told, rows)),
        )

    def _rows(self, incident_id: int, told: list[IncidentEvent]) -> list[AutomationEvent]:
        """What the audit has about it and about the runs that its story names, oldest first."""
        runs = list(dict.fromkeys(event.run_id for event in told if event.run_id is not None))[:MOST_RUNS]
        about = self.ledger.audited(AuditQuestion(last=ROWS, incident_id=incident_id))
        rows = [row for row in about if row.run_id not in runs]
        rows += [row for run in runs for row in self.ledger.audited(AuditQuestion(last=ROWS, run_id=run))]
        return sorted(rows, key=lambda row: row.at.timestamp() if row.at else 0.0)

    def _did(self, row: AutomationEvent) -> Iterator[Entry]:
        """A row of the audit about this incident: commands, approvals, runs with their outcome and changed hosts."""
        if row.action == OWN_ACTION or row.at is None:
            return
        about_run = f"run {row.run_id} of {row.action}" if row.run_id else row.action
        where = f" in {row.environment}" if row.environment else ""
        changed = self._changed(row) if row.result and row.run_id else ""
        why = f": {row.reason}" if row.reason else ""
        text = f"{about_run}{where} {row.status.replace('_', ' ')}{why}{changed}"
        yield Entry(at=row.at, kind="run" if row.run_id else "command", actor=row.actor, text=text)

    def _changed(self, row: AutomationEvent) -> str:
        changed = [each.host for each in self.ledger.outcomes(row.run_id or 0) if each.changed]
        return f"; changed {', '.join(changed)}" if changed else "; changed no host"


def _told(event: IncidentEvent) -> Entry:
    host = str(event.data.get("host", ""))
    where = f" on {host}" if host and host not in event.text else ""
    quiet = {"opened": "opened by", "joined": "joined by", "resolved": "resolved:"}
    text = f"{quiet[event.kind]} {event.text}{where}" if event.kind in quiet else deed(event)
    return Entry(at=event.at, kind=event.kind, actor=event.actor, text=text)


def _times(incident: Incident, told: list[IncidentEvent], rows: list[AutomationEvent]) -> Iterator[tuple[str, str]]:
    """How long it took from its opening: until somebody looked after it, a run did well, it was closed."""
    mended = next((row.at for row in rows if row.run_id and row.result == "successful" and row.at), None)
    over = [event.at for event in told if event.kind in {"resolved", "closed"}]
    for name, at in (
        ("time to acknowledge", incident.acknowledged_at),
        ("time to mitigate", mended or (over[0] if over else None)),
        ("time to resolve", incident.closed_at),
    ):
        yield name, _took(incident.opened_at, at)


def _took(since: datetime, at: datetime | None) -> str:
    return "not yet" if at is None else duration(max(timedelta(), at - since).total_seconds())
