"""The door to alerts and incidents: what every such ledger promises; one contract suite holds all of them to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.model.incident import (
    Decide,
    Incident,
    IncidentCard,
    IncidentEvent,
    Mute,
    Notice,
    Outcome,
    Standing,
    Step,
)
from bot.model.ruling import News

Once = tuple[str, datetime]
"""A name that no other request has, and when it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What one request brings: notices, how to decide on them, and the name by which it is stored once."""

    notices: Sequence[Notice]
    decide: Decide
    once: Once | None = None


class Incidents(Protocol):
    """Safe for many threads and processes at once; every method may raise Unavailable.

    Methods that take an `incident_id` raise UnknownName when there is no such incident. Times that come out are UTC.
    """

    def take(self, notices: Sequence[Notice], decide: Decide, *, once: Once | None = None) -> list[Outcome]:
        """Store notices and what `decide` says that they change, all in one transaction, one after the other.

        Nobody else takes any meanwhile. What `decide` raises leaves all as it was. WrongState, and nothing is stored,
        when what was `once` was stored before: the same request again.
        """

    def take_all(self, requests: Sequence[Taking]) -> list[list[Outcome] | None]:
        """The same for several requests, all in one transaction; None for one that was stored before."""

    def change(self, incident_id: int, step: Step) -> Incident:
        """Bring an incident on by a step, in one transaction; what it is afterwards.

        A line whose `key` (in its data) the story has already, with the same kind, is not told again. What `step`
        raises leaves all as it was.
        """

    def get(self, incident_id: int) -> Incident:
        """The incident of that id."""

    def find(self, *, also_closed: bool = False, last: int = 20) -> list[Incident]:
        """The `last` incidents (1,000 at most) that are open, or any, newest first."""

    def alerts(self, incident_id: int) -> list[Standing]:
        """How the alerts of an incident stand, oldest first."""

    def timeline(self, incident_id: int) -> list[IncidentEvent]:
        """The incident's story, oldest first."""

    def flapping(self) -> list[tuple[Incident, int]]:
        """Open incidents that flap, with how many of their alerts fire; oldest first."""

    def mute(self, mute: Mute) -> Mute:
        """Keep a mute; its `id` is given here."""

    def unmute(self, mute_id: int, actor: str, at: datetime) -> bool:
        """End a mute; False when there is none that is not over."""

    def mutes(self, now: datetime) -> list[Mute]:
        """Mutes that are in force, oldest first."""

    def news(self, last: int = 50) -> list[News]:
        """The oldest notices that began or ended an alert and that rules were not told of, in order."""

    def ruled(self, news_id: int) -> None:
        """Note that rules were told of all up to this one."""

    def card(self, incident_id: int, most: int = 15) -> IncidentCard:
        """What is shown of an incident, with `most` of its alerts."""

    def to_show(self, place: str, since: datetime, last: int = 50) -> list[tuple[int, int]]:
        """Incidents of which a place does not show the newest, oldest first.

        Each with the last line of its story that was told there. One that a place shows nothing of is among them when
        it is open, or was closed since.
        """

    def shown(self, incident_id: int, place: str, edition: int, told: int) -> None:
        """Note what a place shows of an incident, and up to which line its story was told there."""

    def unattended(self) -> list[Incident]:
        """Open incidents that nobody has acknowledged and that are nobody's, oldest first."""

    def prune(self, before: datetime, most: int = 500) -> int:
        """Take out keys of notices and what rules were told of, older than that, `most` at a time; how many rows."""
