"""Incidents and their cards, to be shown."""

from datetime import UTC, datetime
from typing import Any

from bot.model.alert import Alert, AlertStatus, Severity
from bot.model.incident import Earlier, Incident, IncidentCard, Offer, Standing

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OFFER = Offer(suggestion_id=3, rule="rule:town/mend", command="run restart on web2 in prod", hosts=("web2",))


def earlier(actor: str) -> Earlier:
    """What ended the one before."""
    return Earlier(
        incident_id=7,
        closed_at=NOON,
        run_id=5,
        command="run restart on web1 in prod",
        actor=actor,
        seconds=300,
        again="run restart on web2 in prod",
    )


def standing(number: int = 1, status: str = "firing", **more: Any) -> Standing:
    """An alert of a host."""
    fields = {"title": "Errors are high", "host": f"web{number}", "symptom": "HighErrors", **more}
    alert = Alert(source="alertmanager", key=f"{number}", subject=f"s{number}", status=AlertStatus(status), **fields)
    return Standing(id=number, incident_id=12, alert=alert, first_at=NOON, last_at=NOON, repeats=number - 1)


def incident_card(*alerts: Standing, firing: int = 1, over: int = 0, **fields: Any) -> IncidentCard:
    """The card of incident 12."""
    told: dict[str, Any] = {
        "id": 12,
        "group": "g",
        "source": "alertmanager",
        "service": "payments",
        "symptom": "HighErrors",
        "title": "Errors are high",
        "severity": Severity.CRITICAL,
        "opened_at": NOON,
        "last_at": NOON,
        "edition": 1,
    }
    incident = Incident(**{**told, **fields})
    return IncidentCard(incident=incident, firing=firing, over=over, alerts=alerts or (standing(),))
