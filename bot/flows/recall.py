"""The card of an incident enters; it leaves with what rules suggest, and how the last one of its kind ended."""

from contextlib import suppress
from dataclasses import dataclass, field, replace

from bot.commands import to_text
from bot.flows.past import Memory
from bot.model.incident import Earlier, Incident, IncidentCard, Offer
from bot.model.next_action import Past

MOST_OFFERS = 3
MOST_KEPT = 500

Kept = dict[tuple[int, tuple[str, ...]], Earlier | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """The flow; what was found about an incident and its hosts is kept, for cards are made often."""

    memory: Memory
    _kept: Kept = field(default_factory=dict, init=False)

    def handle(self, card: IncidentCard) -> IncidentCard:
        """The card as people should see it; one that is closed is left as it is."""
        if card.incident.closed:
            return card
        return replace(card, offers=self._offers(card.incident.id), earlier=self._earlier(card))

    def _offers(self, incident_id: int) -> tuple[Offer, ...]:
        return tuple(
            Offer(suggestion_id=each.id, rule=each.actor, command=to_text(each.ask), hosts=each.hosts)
            for each in self.memory.offers(incident_id)[:MOST_OFFERS]
        )

    def _earlier(self, card: IncidentCard) -> Earlier | None:
        key = card.incident.id, tuple(sorted({standing.alert.host for standing in card.alerts}))
        with suppress(KeyError):  # asked for at once, since another thread may clear it meanwhile
            return self._kept[key]
        found = self._last_time(card.incident)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[key] = found
        return found

    def _last_time(self, incident: Incident) -> Earlier | None:
        """The last one that a run ended, else the last one; None when there was none."""
        past = next(self.memory.runs(incident), None)
        if past is not None:
            return self._ended(self.memory.incidents.get(past.incident_id), past, incident.id)
        last = next(self.memory.alike(incident), None)
        return None if last is None else _over(last)

    def _ended(self, last: Incident, past: Past, now: int) -> Earlier | None:
        made, ask = _over(last), self.memory.again(now, past)
        if made is None:
            return None
        return replace(
            made,
            run_id=past.run_id,
            command=to_text(past.ask),
            actor=past.actor,
            seconds=past.seconds,
            again="" if ask is None else to_text(ask),
        )


def _over(last: Incident) -> Earlier | None:
    if last.closed_at is None:
        return None
    return Earlier(incident_id=last.id, closed_at=last.closed_at, closed_by=last.closed_by)
