"""Incidents, alerts, their story and mutes as rows, and back; the twin keeps values as they come back from here."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from bot.errors import UnknownName, WrongState
from bot.ledger.rows import Row
from bot.ledger.values import NAME_LENGTH, clean, utc
from bot.model.alert import Alert, Severity
from bot.model.codec import decode, encode, to_plain
from bot.model.incident import Effect, Incident, IncidentEvent, IncidentStatus, Mute, Notice, Standing
from bot.model.ruling import News

_INCIDENT_TEXTS = ("source", "service", "symptom", "title", "acknowledged_by", "assignee", "closed_by")
_INCIDENT_TIMES = ("opened_at", "last_at", "acknowledged_at", "closed_at", "reopened_at")
_ALERT_COLUMNS = ("source", "subject", "symptom", "service", "host")


def no_such_incident(incident_id: int) -> UnknownName:
    """The refusal for an id that stands for nothing."""
    return UnknownName(f"There is no incident {incident_id}.", "`alerts` lists those that are open.")


def taken_before() -> WrongState:
    """The refusal for a request that is stored already."""
    return WrongState("This request was taken before.", "Sign each request anew.")


def digest(source: str, key: str) -> str:
    """The name under which a notice's key is kept, whatever its length."""
    return hashlib.sha256(f"{source}\0{key}".encode("utf-8", "replace")).hexdigest()


def group_key(group: str) -> str:
    """A group's name as it is kept."""
    return clean(group, NAME_LENGTH)


def incident_row(incident: Incident) -> dict[str, Any]:
    """All but its number and its edition."""
    times = {name: getattr(incident, name) for name in _INCIDENT_TIMES}
    return {
        "status": incident.status.value,
        "group_key": group_key(incident.group),
        "severity": incident.severity.value,
        "flapping": incident.flapping,
        "escalated": incident.escalated,
        **{name: clean(getattr(incident, name)) for name in _INCIDENT_TEXTS},
        **{name: None if at is None else utc(at) for name, at in times.items()},
    }


def incident_value(row: Row) -> Incident:
    """The incident of a row."""
    own = {name: row[name] for name in row if name not in ("group_key", "status", "severity")}
    status, severity = IncidentStatus(row["status"]), Severity(row["severity"])
    return Incident(**own, group=row["group_key"], status=status, severity=severity)


def standing_row(standing: Standing) -> dict[str, Any]:
    """Columns for what one wants to query; all of the notice is JSON in `value`."""
    alert = standing.alert
    return {
        "incident_id": standing.incident_id,
        "key": digest(alert.source, alert.subject),
        "status": alert.status.value,
        "severity": alert.severity.value,
        **{name: clean(getattr(alert, name), NAME_LENGTH) for name in _ALERT_COLUMNS},
        "first_at": utc(standing.first_at),
        "last_at": utc(standing.last_at),
        "repeats": standing.repeats,
        "changes": json.dumps(standing.changes),
        "muted_by": standing.muted_by,
        "value": clean(encode(alert)),
    }


def standing_value(row: Row) -> Standing:
    """How the alert of a row stands."""
    same = {name: row[name] for name in ("id", "incident_id", "first_at", "last_at", "repeats", "muted_by")}
    return Standing(**same, alert=decode(Alert, row["value"]), changes=tuple(json.loads(row["changes"])))


def news_row(standing: Standing, effect: Effect, notice: Notice) -> dict[str, Any]:
    """All but its number."""
    return {
        "alert_id": standing.id,
        "incident_id": standing.incident_id,
        "at": utc(notice.at),
        "effect": effect.value,
        "value": clean(encode(notice.alert)),
        "ruled": False,
    }


def news_value(row: Row) -> News:
    """What rules are told."""
    same = {name: row[name] for name in ("id", "incident_id", "at")}
    return News(**same, alert=decode(Alert, row["value"]), effect=Effect(row["effect"]))


def event_row(incident_id: int, event: IncidentEvent) -> dict[str, Any]:
    """All but its number."""
    return {
        "incident_id": incident_id,
        "at": utc(event.at),
        "kind": clean(event.kind, NAME_LENGTH),
        "actor": clean(event.actor),
        "text": clean(event.text),
        "data": clean(json.dumps(to_plain(event.data))),
    }


def event_value(row: Row) -> IncidentEvent:
    """The line of a row."""
    return IncidentEvent(**{**row, "data": json.loads(row["data"])})


def not_told(events: Sequence[IncidentEvent], story: Callable[[], list[IncidentEvent]]) -> list[IncidentEvent]:
    """Those without a key, and those whose key the story has not yet with that kind."""
    if not any("key" in event.data for event in events):
        return list(events)
    told = {(event.kind, event.data["key"]) for event in story() if "key" in event.data}
    return [event for event in events if "key" not in event.data or (event.kind, event.data["key"]) not in told]


def mute_row(mute: Mute) -> dict[str, Any]:
    """All but its number."""
    return {
        "matchers": clean(json.dumps(dict(mute.matchers))),
        "at": utc(mute.at),
        "until": utc(mute.until),
        "actor": clean(mute.by),
        "why": clean(mute.why),
        "ended_at": None if mute.ended_at is None else utc(mute.ended_at),
        "ended_by": clean(mute.ended_by),
    }


def mute_value(row: Row) -> Mute:
    """The mute of a row."""
    own = {name: row[name] for name in row if name not in ("matchers", "actor")}
    return Mute(**own, by=row["actor"], matchers=json.loads(row["matchers"]))
