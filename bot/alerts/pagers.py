"""PagerDuty's webhooks of version 3, and Opsgenie's: the object that was sent enters, a Batch of one or none leaves.

Both tell of everything that happens to an incident; what neither begins nor ends one is no alert.
"""

from collections.abc import Mapping
from typing import Any

from bot.alerts import fields
from bot.errors import BadAlert
from bot.model.alert import Alert, AlertStatus, Batch

_NOTHING = Batch(passed_over=1)
_AGAIN = "incident.reopened"
_PAGERDUTY = {
    "incident.triggered": AlertStatus.FIRING,
    _AGAIN: AlertStatus.FIRING,
    "incident.resolved": AlertStatus.RESOLVED,
}
_OPSGENIE = {"Create": AlertStatus.FIRING, "Close": AlertStatus.RESOLVED, "Delete": AlertStatus.RESOLVED}


def pagerduty(plain: Mapping[str, Any]) -> Batch:
    """The alert of an event of an incident; `data` differs by kind of event, and may lack almost all."""
    event = plain.get("event")
    if not isinstance(event, dict):
        old = " It looks like a webhook of version 2." if isinstance(plain.get("messages"), list) else ""
        raise BadAlert(f"There is no object `event` in the body.{old}", "Subscribe with a webhook of version 3.")
    name, key = fields.text(event.get("event_type"), fields.NAME), fields.text(event.get("id"), fields.NAME)
    if not name or not key:
        raise BadAlert("The `event` has no `id` or no `event_type`.", "Send what PagerDuty's V3 webhook sends.")
    status = _PAGERDUTY.get(name)
    if status is None:
        return _NOTHING
    data = _object(event.get("data"))
    subject = fields.text(data.get("id"), fields.NAME)
    if not subject:
        raise BadAlert(f"The event {name} does not say of which incident.", "`event.data.id` is its id.")
    return Batch(alerts=(_of_pagerduty(event, data, key, subject, status),))


def _of_pagerduty(
    event: Mapping[str, Any], data: Mapping[str, Any], key: str, subject: str, status: AlertStatus
) -> Alert:
    occurred = fields.moment(event.get("occurred_at"))
    title = fields.text(data.get("title")) or f"PagerDuty incident {subject}"
    created = None if event.get("event_type") == _AGAIN else fields.moment(data.get("created_at"))
    began = created or (occurred if status is AlertStatus.FIRING else None)
    priority = _object(data.get("priority")).get("summary")
    plain = {name: data.get(name) for name in ("number", "urgency", "incident_key", "resolve_reason")}
    labels = {name: text for name, text in fields.texts(plain).items() if text}
    return Alert(
        source="pagerduty",
        key=key,
        subject=subject,
        status=status,
        symptom=title[: fields.NAME],
        title=title,
        service=fields.text(_object(data.get("service")).get("summary"), fields.NAME),
        severity=fields.severity(priority or data.get("urgency")),
        labels=labels,
        starts_at=began,
        ends_at=occurred if status is AlertStatus.RESOLVED else None,
        url=fields.text(data.get("html_url"), fields.URL),
    )


def opsgenie(plain: Mapping[str, Any]) -> Batch:
    """The alert of an action of Opsgenie's; numbers of nanoseconds keep every digit."""
    action, found = fields.text(plain.get("action"), fields.NAME), plain.get("alert")
    if not action or not isinstance(found, dict):
        raise BadAlert("There is no `action`, or no object `alert`, in the body.", "Send what Opsgenie's webhook does.")
    status = _OPSGENIE.get(action)
    if status is None:
        return _NOTHING
    subject = fields.text(found.get("alertId"), fields.NAME)
    if not subject:
        raise BadAlert("The alert has no `alertId`.", "Send what Opsgenie's webhook sends.")
    return Batch(alerts=(_of_opsgenie(found, action, subject, status),))


def _of_opsgenie(found: Mapping[str, Any], action: str, subject: str, status: AlertStatus) -> Alert:
    details = fields.texts(found.get("details"))
    plain = {name: found.get(name) for name in ("alias", "entity", "source", "tinyId", "tags")}
    labels = {**{name: text for name, text in fields.texts(plain).items() if text}, **details}
    title = fields.text(found.get("message")) or f"Opsgenie alert {subject}"
    return Alert(
        source="opsgenie",
        key=f"{subject}:{action}:{fields.text(found.get('updatedAt'), fields.NAME)}",
        subject=subject,
        status=status,
        symptom=title[: fields.NAME],
        title=title,
        service=(details.get("service") or fields.text(found.get("entity")))[: fields.NAME],
        host=fields.host(fields.first(details, ("host", "hostname")))[: fields.NAME],
        severity=fields.severity(found.get("priority")),
        labels=dict(list(labels.items())[: fields.MOST_LABELS]),
        starts_at=fields.moment(found.get("createdAt")),
        ends_at=fields.moment(found.get("updatedAt")) if status is AlertStatus.RESOLVED else None,
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
