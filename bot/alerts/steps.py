"""What people do to an incident: who, when and what enter, a step leaves that the ledger makes in one transaction."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.errors import BadParameters, WrongState
from bot.model.incident import Incident, IncidentEvent, IncidentStatus, Step

LONGEST_NOTE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message in a chat: what it says, who wrote it and when; `key` is a name that no other message has."""

    text: str
    author: str
    at: datetime
    key: str


def acknowledge(actor: str, now: datetime) -> Step:
    """Somebody looks after it; who was first stays named."""

    def step(incident: Incident, _firing: int) -> tuple[Incident, tuple[IncidentEvent, ...]]:
        _is_open(incident)
        if incident.status is IncidentStatus.ACKNOWLEDGED:
            raise WrongState(
                f"{incident.acknowledged_by} looks after incident {incident.id} already.",
                f"`incident {incident.id} assign` hands it over.",
            )
        taken = replace(incident, status=IncidentStatus.ACKNOWLEDGED, assignee=incident.assignee or actor)
        return replace(taken, acknowledged_at=now, acknowledged_by=actor), (_event("acknowledged", actor, now),)

    return step


def assign(actor: str, assignee: str, now: datetime) -> Step:
    """It is somebody's from now on."""

    def step(incident: Incident, _firing: int) -> tuple[Incident, tuple[IncidentEvent, ...]]:
        _is_open(incident)
        return replace(incident, assignee=assignee), (_event("assigned", actor, now, assignee),)

    return step


def note(actor: str, text: str, now: datetime) -> Step:
    """Something worth knowing, also after the end."""
    if not text.strip() or len(text) > LONGEST_NOTE:
        raise BadParameters("The note is empty or too long.", f"Write at most {LONGEST_NOTE} characters.")

    def step(incident: Incident, _firing: int) -> tuple[Incident, tuple[IncidentEvent, ...]]:
        return incident, (_event("note", actor, now, text.strip()),)

    return step


def mark(actor: str, said: Said, now: datetime) -> Step:
    """What somebody said about it belongs to it; it is in the story once, whoever marks it again."""
    data = {"key": said.key, "author": said.author, "said_at": said.at.isoformat()}

    def step(incident: Incident, _firing: int) -> tuple[Incident, tuple[IncidentEvent, ...]]:
        return incident, (replace(_event("marked", actor, now, _cut(said.text)), data=data),)

    return step


def close(actor: str, why: str, now: datetime) -> Step:
    """It is over, whatever its alerts say; how many of them still fire is written down."""

    def step(incident: Incident, firing: int) -> tuple[Incident, tuple[IncidentEvent, ...]]:
        _is_open(incident)
        closed = replace(incident, status=IncidentStatus.CLOSED, closed_at=now, closed_by=actor)
        event = replace(_event("closed", actor, now, why), data={"firing": firing})
        return closed, (event,)

    return step


def escalate(number: int, to: str, now: datetime) -> Step:
    """Nobody has acted: the step of that number, counted from 1, calls `to`. Each step is taken once."""

    def step(incident: Incident, _firing: int) -> tuple[Incident, tuple[IncidentEvent, ...]]:
        _is_open(incident)
        if incident.status is IncidentStatus.ACKNOWLEDGED or incident.assignee or incident.escalated >= number:
            raise WrongState(f"Incident {incident.id} needs no escalation.", "Somebody has acted, or was called.")
        told = {"step": number, "to": to, "title": incident.title}
        return replace(incident, escalated=number), (replace(_event("escalated", "", now), data=told),)

    return step


def close_quiet(now: datetime) -> Step:
    """A flapping one that has been quiet."""

    def step(incident: Incident, _firing: int) -> tuple[Incident, tuple[IncidentEvent, ...]]:
        _is_open(incident)
        closed = replace(incident, status=IncidentStatus.CLOSED, closed_at=now, closed_by="", flapping=False)
        return closed, (_event("closed", "", now, "quiet"),)

    return step


def _is_open(incident: Incident) -> None:
    if incident.closed:
        raise WrongState(f"Incident {incident.id} is closed.", "`alerts` lists those that are open.")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_NOTE else f"{text[: LONGEST_NOTE - 1]}\u2026"


def _event(kind: str, actor: str, now: datetime, text: str = "") -> IncidentEvent:
    return IncidentEvent(kind=kind, at=now, actor=actor, text=text)
