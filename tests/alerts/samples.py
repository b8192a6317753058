"""Payloads as senders sent them, and configurations to read them with."""

import json
from pathlib import Path
from typing import Any

from bot.alerts import SourceConfig, sources_of

PAYLOADS = Path(__file__).with_name("payloads")
AUTH = {"type": "bearer", "secret_env": "TOKEN"}
MAPPING = {
    "alerts": "data.items",
    "subject": "id",
    "title": "text",
    "status": "state",
    "service": "tags.service",
    "host": "hosts[0]",
    "severity": "level",
    "labels": "tags",
    "starts_at": "since",
    "ends_at": "until",
    "url": "link",
}
WRITTEN: dict[str, Any] = {
    **{name: {"auth": AUTH} for name in ("alertmanager", "pagerduty", "grafana", "opsgenie")},
    "generic": {"auth": AUTH, "mapping": MAPPING},
}


def config(source: str) -> SourceConfig:
    """The configuration of a source."""
    return sources_of(WRITTEN)[source]


def sample(name: str) -> Any:
    """A payload, parsed."""
    return json.loads((PAYLOADS / f"{name}.json").read_bytes())


def body(plain: Any) -> bytes:
    """A payload as it is sent."""
    return json.dumps(plain).encode()
