"""Alertmanager's webhook, and Grafana's, which is made like it: the object that was sent enters, a Batch leaves.

Of the older versions, those without `status`, `fingerprint` or `version` are read as well as they can be.
"""

from collections.abc import Mapping
from typing import Any

from bot.alerts import fields
from bot.errors import BadAlert
from bot.model.alert import Alert, AlertStatus, Batch

MOST_ALERTS = 10_000
_HOST = ("host", "hostname", "node", "nodename", "instance")
_SERVICE = ("service", "app", "application", "job")
_TITLE = ("summary", "title", "message", "description")
_URLS = ("generatorURL", "panelURL", "dashboardURL")


def alertmanager(plain: Mapping[str, Any]) -> Batch:
    """Alerts of Alertmanager, version 4 and before."""
    return _batch("alertmanager", plain)


def grafana(plain: Mapping[str, Any]) -> Batch:
    """Alerts of Grafana's alerting, version 1."""
    return _batch("grafana", plain)


def _batch(source: str, plain: Mapping[str, Any]) -> Batch:
    listed = plain.get("alerts")
    if not isinstance(listed, list):
        remedy = f"Send what {source.capitalize()}'s webhook sends: an object with a list `alerts`."
        raise BadAlert("There is no list `alerts` in the body.", remedy)
    whole = listed[:MOST_ALERTS]
    alerts = tuple(_alert(source, each, plain) for each in whole if _is_one(each))
    if listed and not alerts:
        raise BadAlert("None of the `alerts` is an object with labels.", "Each needs `labels`, with an alertname.")
    cut = plain.get("truncatedAlerts")
    truncated = max(cut, 0) if isinstance(cut, int) else 0
    return Batch(alerts=alerts, passed_over=len(whole) - len(alerts), truncated=truncated + len(listed) - len(whole))


def _is_one(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("labels"), dict) and bool(entry["labels"])


def _alert(source: str, entry: Mapping[str, Any], around: Mapping[str, Any]) -> Alert:
    labels, annotations = fields.texts(entry["labels"]), fields.texts(entry.get("annotations"))
    status = _status(entry, around)
    subject = fields.text(entry.get("fingerprint"), fields.NAME) or fields.digest(entry["labels"])
    began = fields.text(entry.get("startsAt"), fields.NAME)
    symptom = labels.get("alertname") or fields.text(around.get("title"), fields.NAME) or "alert"
    return Alert(
        source=source,
        key=f"{subject}:{began}:{status}",
        subject=subject,
        episode=began,
        status=status,
        symptom=symptom[: fields.NAME],
        title=(fields.first(annotations, _TITLE) or symptom)[: fields.LINE],
        service=fields.first(labels, _SERVICE)[: fields.NAME],
        host=fields.host(fields.first(labels, _HOST))[: fields.NAME],
        severity=fields.severity(labels.get("severity", labels.get("priority"))),
        labels=labels,
        annotations=annotations,
        starts_at=fields.moment(entry.get("startsAt")),
        ends_at=fields.moment(entry.get("endsAt")) if status is AlertStatus.RESOLVED else None,
        url=fields.first({name: fields.text(entry.get(name), fields.URL) for name in _URLS}, _URLS),
    )


def _status(entry: Mapping[str, Any], around: Mapping[str, Any]) -> AlertStatus:
    """Its own, since a group is firing as long as one of it is; without one the group's."""
    said = entry.get("status", around.get("status"))
    return AlertStatus.RESOLVED if said == "resolved" else AlertStatus.FIRING
