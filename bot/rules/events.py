"""Alerts as rules see them: an Alert enters, the event that conditions look at leaves; and what marks an event.

An event has `alert` with the fields of `bot.model.alert.Alert` and Alertmanager's own names for some of them, the words
for it once more at the top, and `meta` as Event-Driven Ansible adds it: `uuid`, the same when the event comes again,
`source`, and `hosts`: the alert's host or none. `meta.incident` is the number of the incident that it belongs to.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bot.model.alert import Alert
from bot.model.codec import to_plain
from bot.rules.state import Match

META, UUID, INCIDENT = "meta", "uuid", "incident"
_WORDS = (
    "source",
    "subject",
    "status",
    "symptom",
    "title",
    "service",
    "host",
    "severity",
    "labels",
    "annotations",
    "url",
)


def event_of(alert: Alert, *, uuid: str = "", **more: Any) -> dict[str, Any]:
    """The event of one notice of an alert, with `more` at the top; without an `uuid` it is made of the notice's key."""
    uuid = uuid or hashlib.sha256(f"{alert.source}\0{alert.key}".encode("utf-8", "replace")).hexdigest()
    plain = to_plain(alert)
    names = {"startsAt": "starts_at", "endsAt": "ends_at", "generatorURL": "url", "fingerprint": "subject"}
    return {
        "alert": {**plain, **{name: plain[own] for name, own in names.items()}},
        **{name: plain[name] for name in _WORDS},
        **more,
        META: {
            UUID: uuid,
            "source": {"name": alert.source, "type": alert.source},
            "hosts": [alert.host] if alert.host else [],
        },
    }


def with_incident(event: Mapping[str, Any], incident_id: int | None) -> dict[str, Any]:
    """The event with the incident that it belongs to; whatever it said of one itself is gone."""
    meta = event.get(META)
    kept = {name: value for name, value in meta.items() if name != INCIDENT} if isinstance(meta, Mapping) else {}
    return {**event, META: kept if incident_id is None else {**kept, INCIDENT: incident_id}}


def id_of(event: Mapping[str, Any]) -> str:
    """What the event is called when it comes again: its `meta.uuid`, else a name made of all that it says."""
    meta = event.get(META)
    uuid = meta.get(UUID) if isinstance(meta, Mapping) else None
    if isinstance(uuid, str) and 0 < len(uuid) <= 200:  # noqa: PLR2004 (a name, no text)
        return uuid
    return hashlib.sha256(json.dumps(to_plain(event), sort_keys=True).encode()).hexdigest()


def incident_of(match: Match) -> int | None:
    """The newest incident that the events of a match belong to."""
    found = (_incident(event) for event in match.events.values())
    return max((number for number in found if number is not None), default=None)


def alert_of(match: Match) -> Mapping[str, Any]:
    """The alert of the first event of a match that has one; empty without."""
    found = (event["alert"] for event in match.events.values() if isinstance(event, Mapping) and "alert" in event)
    return next((alert for alert in found if isinstance(alert, Mapping)), {})


def _incident(event: Any) -> int | None:
    meta = event.get(META) if isinstance(event, Mapping) else None
    number = meta.get(INCIDENT) if isinstance(meta, Mapping) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None
