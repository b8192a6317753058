"""A small world in which notices follow one another: what the ledger keeps, kept in two dicts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.alerts import Grouping, decide, group_of
from bot.model.alert import Alert, AlertStatus
from bot.model.incident import Effect, Incident, IncidentEvent, Mute, Notice, Situation, Standing

START = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


def alert(subject: str = "a", status: str = "firing", episode: str = "1", **more: Any) -> Alert:
    """An alert of the service payments."""
    fields: dict[str, Any] = {"symptom": "HighErrors", "title": "Errors are high", "service": "payments", **more}
    key = f"{subject}:{episode}:{status}"
    return Alert(source="alertmanager", key=key, subject=subject, status=AlertStatus(status), episode=episode, **fields)


class Story:
    """Notices in, effects out; `now` moves by itself."""

    def __init__(self, **grouping: Any) -> None:
        self.grouping = Grouping(**grouping)
        self.now = START
        self.seen: set[str] = set()
        self.standings: dict[str, Standing] = {}
        self.incidents: dict[int, Incident] = {}
        self.told: list[IncidentEvent] = []
        self.mutes: tuple[Mute, ...] = ()

    def say(self, said: Alert, after: int = 10) -> Effect:
        """A notice comes so many seconds after the one before."""
        self.now += timedelta(seconds=after)
        notice = Notice(alert=said, group=group_of(said, self.grouping), at=self.now)
        change = decide(self._situation(notice), notice, self.grouping)
        standing = change.standing
        if change.incident is not None:
            number = change.incident.id or len(self.incidents) + 1
            self.incidents[number] = replace(change.incident, id=number)
            standing = replace(standing, incident_id=number)
        self.standings[said.subject] = standing
        self.seen.add(said.key)
        self.told.extend(change.events)
        return change.effect

    def _situation(self, notice: Notice) -> Situation:
        known = self.standings.get(notice.alert.subject)
        own = self.incidents.get(known.incident_id or 0) if known else None
        others = [each for subject, each in self.standings.items() if subject != notice.alert.subject]
        there = [each for each in self.incidents.values() if each.group == notice.group and not each.closed]
        return Situation(
            seen=notice.alert.key in self.seen,
            known=known,
            own=own,
            others_firing=sum(
                own is not None and each.incident_id == own.id and each.alert.status is AlertStatus.FIRING
                for each in others
            ),
            open=there[-1] if there else None,
            mutes=self.mutes,
        )
