"""Incidents: alerts that belong together, what became of them, and the steps that change them.

A decision about a notice is a function: how things stand enters, a Change leaves. The ledger makes it and stores what
it says in one transaction, so that of two notices at once the second sees the first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.model.alert import Alert, Severity


class IncidentStatus(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class Effect(StrEnum):
    """What a notice of an alert did."""

    OPENED = "opened"
    """It made a new incident."""
    JOINED = "joined"
    """It belongs to one that was open."""
    REOPENED = "reopened"
    """It came again soon after its incident had closed."""
    REPEATED = "repeated"
    """It said again what was known: it is counted."""
    FLAPPING = "flapping"
    """It comes and goes: its incident stays open until it is quiet."""
    RESOLVED = "resolved"
    """It is over, its incident is not."""
    CLOSED = "closed"
    """It is over, and its incident with it."""
    MUTED = "muted"
    """Somebody asked for silence: it is kept, and told to nobody."""
    IGNORED = "ignored"
    """It is the end of what never began, or came after its own end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A group of alerts; `id` 0 is one that the ledger has still to make. Times are UTC and aware.

    `last_at` is when an alert last changed it; `closed_by` an actor, or empty when its alerts resolved; `escalated` how
    many steps of the escalation were taken; `edition` grows with whatever happens to it, and is the ledger's own.
    """

    id: int = 0
    status: IncidentStatus = IncidentStatus.OPEN
    group: str
    source: str
    service: str
    symptom: str
    title: str
    severity: Severity
    opened_at: datetime
    last_at: datetime
    flapping: bool = False
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    assignee: str = ""
    closed_at: datetime | None = None
    closed_by: str = ""
    reopened_at: datetime | None = None
    escalated: int = 0
    edition: int = field(default=0, compare=False)

    @property
    def since(self) -> datetime:
        """When it began, the last time that it did."""
        return self.reopened_at or self.opened_at

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        return self.status is IncidentStatus.CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an alert stands: its latest notice, since when, how often it was said again, and in which incident it is.

    `changes` are its last times of beginning and ending, UTC seconds since the epoch; `muted_by` the mute that keeps
    it silent.
    """

    id: int = 0
    incident_id: int | None = None
    alert: Alert
    first_at: datetime
    last_at: datetime
    repeats: int = 0
    changes: tuple[float, ...] = ()
    muted_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Silence for alerts that fit all of `matchers` (selectors and globs) until a moment; who wanted it, and why."""

    id: int = 0
    matchers: Mapping[str, str]
    at: datetime
    until: datetime
    by: str
    why: str
    ended_at: datetime | None = None
    ended_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentEvent:
    """One line of an incident's story: `kind` is an Effect or a word of its own, `actor` empty for an alert."""

    kind: str
    at: datetime
    actor: str = ""
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
    incident_id: int = 0

    @property
    def run_id(self) -> int | None:
        """The run that was asked for because of the incident, where the line tells of one."""
        found = self.data.get("run")
        return found if isinstance(found, int) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A run that a rule suggests: `command` as one would say it, and the `hosts` that it meant when it was made."""

    suggestion_id: int
    rule: str
    command: str
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The last time that the same was wrong with the same service: in which incident, and how that ended.

    `command` is the run that ended it within `seconds`, asked for by `actor`; empty when none did. `again` is what the
    same would be with today's hosts, empty when that is nothing.
    """

    incident_id: int
    closed_at: datetime
    closed_by: str = ""
    run_id: int | None = None
    command: str = ""
    actor: str = ""
    seconds: float = 0.0
    again: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentCard:
    """What a conversation is shown of an incident.

    `firing` and `over` count its alerts, `repeats` how often they were said again; `alerts` are some of them: those
    that fire first, the newest first. `offers` and `earlier` tell what could be done about it, while it is open.
    """

    incident: Incident
    firing: int = 0
    over: int = 0
    repeats: int = 0
    alerts: tuple[Standing, ...] = ()
    offers: tuple[Offer, ...] = ()
    earlier: Earlier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An alert that came at a moment, and the name of the group that it belongs to."""

    alert: Alert
    group: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """How things stand for a notice.

    `seen`: its key was stored before; `known`: how its alert stood, with `own`, that alert's incident, in which
    `others_firing` other alerts are not over; `open`: the newest open incident of its group; `mutes` those in force.
    """

    seen: bool = False
    known: Standing | None = None
    own: Incident | None = None
    others_firing: int = 0
    open: Incident | None = None
    mutes: tuple[Mute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a notice changes; `incident` is None when it changes none, its id 0 when it is new."""

    effect: Effect
    standing: Standing
    incident: Incident | None = None
    events: tuple[IncidentEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a notice did, as it is stored."""

    effect: Effect
    standing: Standing
    incident: Incident | None = None


Decide = Callable[[Situation, Notice], Change]
Step = Callable[[Incident, int], tuple[Incident, tuple[IncidentEvent, ...]]]
"""An incident, and how many of its alerts are firing, enter; the incident as it is afterwards and its story leave."""
