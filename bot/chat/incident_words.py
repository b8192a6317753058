"""Incidents and lines of their story enter; the words that every chat shows of them leave, not escaped yet."""

from collections.abc import Iterator
from datetime import UTC, datetime

from bot.chat.text import line
from bot.chat.words import NAME_CHARACTERS, many
from bot.model.incident import Earlier, Incident, IncidentCard, IncidentEvent, IncidentStatus, Standing
from bot.model.words import duration

QUIET_KINDS = frozenset({"opened", "joined", "resolved", "marked"})
"""What the card shows by itself, or stands in its thread already; all other lines of the story are told below it."""
TEXT_CHARACTERS = 600
TITLE_CHARACTERS = 200


def standing_words(card: IncidentCard) -> str:
    """`3 alerts fire, 2 are over, repeated 7 times`."""
    parts = [f"{many(card.firing, 'alert')} {'fires' if card.firing == 1 else 'fire'}"]
    parts += [f"{card.over} {'is' if card.over == 1 else 'are'} over"] if card.over else []
    parts += [f"repeated {many(card.repeats, 'time')}"] if card.repeats else []
    return ", ".join(parts)


def status_words(incident: Incident) -> str:
    """`open`, `acknowledged by slack:U1`, `closed`; and whether it comes and goes."""
    status = incident.status.value
    if incident.status is IncidentStatus.ACKNOWLEDGED:
        status = f"acknowledged by {line(incident.acknowledged_by, NAME_CHARACTERS)}"
    return f"{status}, flapping" if incident.flapping and not incident.closed else status


def about(incident: Incident) -> str:
    """What is wrong with what: the symptom, and the service where one is known."""
    symptom, service = line(incident.symptom, TITLE_CHARACTERS), line(incident.service, NAME_CHARACTERS)
    return f"{symptom} of {service}" if service else symptom


def incident_facts(incident: Incident) -> Iterator[tuple[str, str]]:
    """Names with a line each: since when, until when, whose it is."""
    yield "opened", when(incident.opened_at)
    if incident.reopened_at:
        yield "opened again", when(incident.reopened_at)
    if incident.acknowledged_at:
        yield "acknowledged", f"{when(incident.acknowledged_at)} by {line(incident.acknowledged_by, NAME_CHARACTERS)}"
    if incident.assignee:
        yield "assigned to", line(incident.assignee, NAME_CHARACTERS)
    if incident.closed_at:
        by = f" by {line(incident.closed_by, NAME_CHARACTERS)}" if incident.closed_by else ", its alerts are over"
        yield "closed", f"{when(incident.closed_at)}{by}"


def alert_words(standing: Standing) -> str:
    """`firing since 02:00:00 UTC on web1: Errors are high, repeated 3 times`."""
    alert = standing.alert
    where = f" on {line(alert.host, NAME_CHARACTERS)}" if alert.host else ""
    again = f", repeated {many(standing.repeats, 'time')}" if standing.repeats else ""
    return f"{alert.status.value}{where}: {line(alert.title, TITLE_CHARACTERS)}{again}"


def earlier_words(earlier: Earlier) -> str:
    """`incident 7, closed 2026-03-01 12:00:00 UTC: run restart on web2 ended it within 5 min, asked …`."""
    last = f"incident {earlier.incident_id}, closed {when(earlier.closed_at)}"
    if earlier.command:
        by = f"ended it within {duration(earlier.seconds)}, asked for by {line(earlier.actor, NAME_CHARACTERS)}"
        return f"{last}: {line(earlier.command, TEXT_CHARACTERS)} {by}"
    return (
        f"{last} by {line(earlier.closed_by, NAME_CHARACTERS)}"
        if earlier.closed_by
        else f"{last}, its alerts were over"
    )


def deed(event: IncidentEvent) -> str:
    """What happened, to stand after the name of who did it, or alone where nobody did."""
    text, kind = line(event.text, TEXT_CHARACTERS), line(event.kind, NAME_CHARACTERS)
    known = {
        "acknowledged": "looks after it",
        "assigned": f"gives it to {text}",
        "note": f"notes: {text}",
        "marked": f"marks what {_said(event)}: {text}",
        "reopened": f"It came again: {text}",
        "flapping": "It comes and goes. It stays open until it is quiet, and is not told again.",
        "escalated": f"Nobody has acted: {line(called(event), NAME_CHARACTERS)} is called."
        if called(event)
        else f"has not helped, and stops: {text}",
        "run_asked": f"asks for it: {text}",
        "rule_refused": f"does nothing: {text}",
        "suggested": f"suggests: {text}{_to_say(event)}",
        "suggestion_taken": f"takes the suggestion: {text}",
        "replayed": f"asks for the same again, {text}",
        "notified": f"says: {text}",
        "called": f"Nobody has acted: {text} is called.",
        "verified": f"has helped: {text}",
        "ended": f"is through: {text}",
        "withdrawn": f"takes its suggestion back: {text}",
        "closed": _closed(event, text),
    }
    return known.get(event.kind) or ": ".join(filter(None, (kind.strip(), text.strip()))) or "Something happened."


def _to_say(event: IncidentEvent) -> str:
    number = event.data.get("suggestion")
    return f" (take {number})" if isinstance(number, int) else ""


def incident_event_text(event: IncidentEvent) -> str:
    """The whole line, for where nobody is called by it."""
    who = f"{line(event.actor, NAME_CHARACTERS)} " if event.actor else ""
    return f"Incident {event.incident_id}: {who}{deed(event)}"


def calling_text(to: str, text: str) -> str:
    """A call for where nobody is called by it."""
    return f"{to} is called: {text}"


def called(event: IncidentEvent) -> str:
    """Whom an escalation calls; empty for any other line."""
    return str(event.data.get("to", "")) if event.kind == "escalated" else ""


def when(moment: datetime) -> str:
    """`2026-03-01 02:00:00 UTC`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _said(event: IncidentEvent) -> str:
    """Who said it, and when."""
    at = event.data.get("said_at")
    moment = datetime.fromisoformat(at) if isinstance(at, str) else event.at
    return f"{line(str(event.data.get('author', 'somebody')), NAME_CHARACTERS)} said at {when(moment)}"


def _closed(event: IncidentEvent, text: str) -> str:
    if not event.actor:
        return "All its alerts are over: closed." if "source" in event.data else "It has been quiet: closed."
    firing = event.data.get("firing", 0)
    still = f" ({many(firing, 'alert')} of it still fire{'s' if firing == 1 else ''})" if firing else ""
    return f"closes it{still}{f': {text}' if text else ''}"
