"""Alerts: what a monitoring system said, in one shape; all of it is text from outside that nobody vouches for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AlertStatus(StrEnum):
    """Whether the trouble is there."""

    FIRING = "firing"
    RESOLVED = "resolved"


class Severity(StrEnum):
    """How bad it is, in our words; each sender has its own."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One notice of one alert.

    `key` is the same when the sender says the same again; `subject` is what its firing and its resolved notices have
    in common, `episode` (where the sender tells) what only those of one time of trouble have. `symptom` is the name of
    what is wrong, the same on every host; `title` a line for people. Times are aware, None when the sender did not
    tell.
    """

    source: str
    key: str
    subject: str
    status: AlertStatus
    symptom: str
    title: str
    service: str = ""
    host: str = ""
    severity: Severity = Severity.UNKNOWN
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    url: str = ""
    episode: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one request brought: its alerts, and how many entries were none, or were cut off by the sender."""

    alerts: tuple[Alert, ...] = ()
    passed_over: int = 0
    truncated: int = 0
