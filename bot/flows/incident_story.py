"""What rules did enters; it leaves as a line of the incident's story."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.errors import UnknownName
from bot.flows.wishes import rule_actor
from bot.ledger import Incidents
from bot.model.incident import Incident, IncidentEvent
from bot.rules import Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Writes stories of incidents; what belongs to none is told to nobody here."""

    incidents: Incidents
    clock: Callable[[], float] = field(default=time.time)

    def tell(self, incident_id: int | None, kind: str, match: Match, text: str, **data: Any) -> None:
        """One line of a rule that matched; `kind` is its word."""
        self.add(incident_id, kind, str(rule_actor(match.ruleset, match.rule)), text, **data)

    def add(self, incident_id: int | None, kind: str, actor: str, text: str, **data: Any) -> None:
        """One line; an incident that is no more is passed over. A `key` that is there already is not told again."""
        if incident_id is None:
            return
        try:
            at = datetime.fromtimestamp(self.clock(), UTC)
            event = IncidentEvent(kind=kind, at=at, actor=actor, text=text, data=data)
            self.incidents.change(incident_id, lambda incident, _firing: (incident, (event,)))
        except UnknownName:
            return

    def open(self, incident_id: int | None) -> Incident | None:
        """The incident, if it is there and not over."""
        try:
            found = None if incident_id is None else self.incidents.get(incident_id)
        except UnknownName:
            return None
        return None if found is None or found.closed else found
