"""An event of a sensor enters; the Alert that it says it is leaves, or None for an event that is none."""

from collections.abc import Mapping
from typing import Any

from bot.alerts import fields
from bot.model.alert import Alert, AlertStatus

_STATUS = {"firing": AlertStatus.FIRING, "resolved": AlertStatus.RESOLVED}


def sensed(event: Mapping[str, Any]) -> Alert | None:
    """An event is an alert when its `alert` has `subject`, `title`, and `status` firing or resolved."""
    said, meta = event.get("alert"), event.get("meta")
    if not isinstance(said, Mapping) or not isinstance(meta, Mapping):
        return None
    subject, title = fields.text(said.get("subject"), fields.NAME), fields.text(said.get("title"))
    status = _STATUS.get(fields.text(said.get("status")))
    key, source = fields.text(meta.get("uuid"), fields.NAME), meta.get("source")
    if not subject or not title or status is None or not key:
        return None
    return Alert(
        source=fields.text(source.get("type"), fields.NAME) if isinstance(source, Mapping) else "sensor",
        key=key,
        subject=subject,
        status=status,
        symptom=fields.text(said.get("symptom"), fields.NAME) or title,
        title=title,
        service=fields.text(said.get("service"), fields.NAME),
        host=fields.text(said.get("host"), fields.NAME),
        severity=fields.severity(said.get("severity")),
        labels=fields.texts(said.get("labels")),
        annotations=fields.texts(said.get("annotations")),
        url=fields.text(said.get("url"), fields.URL),
    )
