"""An alert that began or ended enters; the event that rules look at leaves, in Event-Driven Ansible's form."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.model.alert import Alert
from bot.model.ruling import News

_PLAIN = ("source", "subject", "symptom", "title", "service", "host", "url")


def event_of(news: News) -> Mapping[str, Any]:
    """`alert` as Alertmanager writes it, whoever sent it; beside it our words for the same; `meta` as EDA's is.

    `meta.hosts` names the alert's host, or nothing: never a pattern that somebody else chose.
    """
    alert = news.alert
    return {
        "alert": _as_alertmanager(alert),
        **{name: getattr(alert, name) for name in _PLAIN},
        "status": alert.status.value,
        "severity": alert.severity.value,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "effect": news.effect.value,
        "incident": news.incident_id,
        "meta": {
            "uuid": f"notice-{news.id}",
            "received_at": _written(news.at),
            "source": {"name": alert.source, "type": alert.source},
            "hosts": [alert.host] if alert.host else [],
        },
    }


def _as_alertmanager(alert: Alert) -> dict[str, Any]:
    return {
        "status": alert.status.value,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "startsAt": _written(alert.starts_at),
        "endsAt": _written(alert.ends_at),
        "generatorURL": alert.url,
        "fingerprint": alert.subject,
    }


def _written(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat()
