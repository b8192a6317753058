"""Alerts for a forecast: a payload as a sender sends it, or a few words, enter; Alerts leave."""

from collections.abc import Mapping
from typing import Any

from bot.alerts import SOURCES, parse, read, sources_of
from bot.errors import Misconfigured
from bot.model.alert import Alert, AlertStatus, Severity

SOURCE = "simulate"


def from_payload(body: bytes, source: str, written: Mapping[str, Any]) -> tuple[Alert, ...]:
    """The alerts of a payload; without a `source` it is known by its shape. `written` is `alerts` of signalbox.yml.

    BadAlert when it is nothing of that source's.
    """
    source = source or _source_of(parse(body))
    if source in SOURCES:
        return SOURCES[source](parse(body)).alerts
    configured = sources_of(written)
    if source not in configured:
        what = f"signalbox.yml says nothing of the source {source[:60]}."
        raise Misconfigured(what, f"Write --source, one of {', '.join(SOURCES)}; or alerts.generic with its mapping.")
    return read(source, body, configured[source]).alerts


def from_words(
    *,
    service: str,
    symptom: str,
    host: str = "",
    severity: str = "",
    labels: Mapping[str, str] | None = None,
    resolved: bool = False,
) -> Alert:
    """An alert that says what is given, and nothing else."""
    labels = {**(labels or {}), **({"host": host} if host else {}), **({"service": service} if service else {})}
    status = AlertStatus.RESOLVED if resolved else AlertStatus.FIRING
    subject = f"{service}/{symptom}/{host}"
    return Alert(
        source=SOURCE,
        key=f"{subject}/{status}",
        subject=subject,
        status=status,
        symptom=symptom or "something",
        title=" on ".join(part for part in (": ".join(part for part in (service, symptom) if part), host) if part),
        service=service,
        host=host,
        severity=Severity(severity or Severity.UNKNOWN.value),
        labels=labels,
    )


def _source_of(plain: Mapping[str, Any]) -> str:
    """The sender whose shape it is."""
    if "event" in plain:
        return "pagerduty"
    if "action" in plain and "alert" in plain:
        return "opsgenie"
    if "orgId" in plain:
        return "grafana"
    return "alertmanager" if "alerts" in plain else "generic"
