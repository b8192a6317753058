"""JSON of any shape: the object that was sent and the mapping of signalbox.yml enter, a Batch leaves."""

import re
from collections.abc import Mapping
from typing import Any

from bot.alerts import fields
from bot.alerts.config import MappingConfig
from bot.errors import BadAlert
from bot.model.alert import Alert, AlertStatus, Batch

MOST_ALERTS = 10_000
_STEP = re.compile(r"[^.\[\]]+|\[(\d+)\]")


def generic(plain: Mapping[str, Any], mapping: MappingConfig) -> Batch:
    """The alerts that the mapping finds; BadAlert when it finds none."""
    listed = plain if mapping.alerts is None else at(plain, mapping.alerts)
    if not isinstance(listed, list):
        listed = [listed]
    alerts = tuple(alert for each in listed[:MOST_ALERTS] if (alert := _alert(each, mapping)) is not None)
    if listed and not alerts:
        wanted = f"`{mapping.subject}` and `{mapping.title}`"
        raise BadAlert(f"Nothing in the body has {wanted}.", "Mend the body, or alerts.generic.mapping.")
    return Batch(
        alerts=alerts,
        passed_over=min(len(listed), MOST_ALERTS) - len(alerts),
        truncated=max(len(listed) - MOST_ALERTS, 0),
    )


def at(value: Any, path: str | None) -> Any:
    """What stands at a path; None when nothing does."""
    for step in _STEP.finditer(path or ""):
        if step[1] is not None:
            value = value[int(step[1])] if isinstance(value, list) and int(step[1]) < len(value) else None
        else:
            value = value.get(step[0]) if isinstance(value, dict) else None
    return None if path is None else value


def _alert(entry: Any, mapping: MappingConfig) -> Alert | None:
    subject, title = fields.text(at(entry, mapping.subject), fields.NAME), fields.text(at(entry, mapping.title))
    if not subject or not title:
        return None
    said = fields.text(at(entry, mapping.status), fields.NAME).lower()
    resolved = said in (word.lower() for word in mapping.resolved)
    status = AlertStatus.RESOLVED if resolved else AlertStatus.FIRING
    began, ended = at(entry, mapping.starts_at), at(entry, mapping.ends_at)
    key = fields.text(at(entry, mapping.key), fields.NAME)
    return Alert(
        source="generic",
        key=f"{key or subject}:{fields.text(began, fields.NAME)}:{status}",
        subject=subject,
        episode=fields.text(began, fields.NAME),
        status=status,
        symptom=fields.text(at(entry, mapping.symptom), fields.NAME) or title[: fields.NAME],
        title=title,
        service=fields.text(at(entry, mapping.service), fields.NAME),
        host=fields.host(fields.text(at(entry, mapping.host), fields.NAME)),
        severity=fields.severity(at(entry, mapping.severity)),
        labels=fields.texts(at(entry, mapping.labels)),
        annotations=fields.texts(at(entry, mapping.annotations)),
        starts_at=fields.moment(began),
        ends_at=fields.moment(ended) if resolved else None,
        url=fields.text(at(entry, mapping.url), fields.URL),
    )
