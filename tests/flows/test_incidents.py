"""What a relay does about incidents: shows them, keeps the cards current, calls for help, closes what is quiet."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.alerts import acknowledge, assign, configured, decider, group_of, note
from bot.chat import LetterKind, MemoryChat
from bot.errors import Misconfigured, Unavailable
from bot.flows.hand_over import HandOver
from bot.flows.incidents import KEEP, PRUNE_SECONDS, TendIncidents
from bot.flows.journal import ESCALATED, Journal
from bot.ledger import MemoryIncidents, MemoryLedger
from bot.metrics import MemoryCounters
from bot.model.alert import Alert
from bot.model.incident import IncidentCard, IncidentStatus, Notice
from bot.model.people import Conversation
from tests.alerts.story import START, alert

OPS = Conversation(transport="slack", channel="C0OPS")
WRITTEN: dict[str, Any] = {
    "cards": ["slack:C0OPS"],
    "escalation": [{"after": "5m", "to": "channel"}, {"after": "15m", "to": "slack-group:S0OPS"}],
}


class FreeLease:
    """Leases that nobody else wants; `held` by another when told so."""

    held = False

    def take(self, _name: str) -> bool:
        """Take it."""
        return not self.held


@dataclass
class Place:
    """A ledger, a chat and the flow, with a clock that is moved by hand."""

    incidents: MemoryIncidents = field(default_factory=MemoryIncidents)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    chat: MemoryChat = field(default_factory=MemoryChat)
    counters: MemoryCounters = field(default_factory=MemoryCounters)
    leases: Any = field(default_factory=FreeLease)
    written: dict[str, Any] = field(default_factory=lambda: WRITTEN)
    now: datetime = START
    ticks: float = 100.0

    def __post_init__(self) -> None:
        self.flow = self.another()

    def another(self) -> TendIncidents:
        """The flow in another relay."""
        return TendIncidents(
            config=lambda: configured(self.written),
            incidents=lambda: self.incidents,
            places=lambda: configured(self.written).places,
            chat=self.chat,
            leases=self.leases,
            counters=self.counters,
            journal=Journal(ledger=self.ledger),
            hand_over=lambda: HandOver(incidents=self.incidents),
            recall=lambda card: card,
            clock=lambda: self.now,
        )

    def come(self, *said: Alert, after: int = 0) -> None:
        """Alerts come."""
        self.now += timedelta(seconds=after)
        grouping = configured(self.written).grouping
        self.incidents.take(
            [Notice(alert=each, group=group_of(each, grouping), at=self.now) for each in said], decider(grouping)
        )

    def turn(self, after: int = 0) -> None:
        """The relay has its turn, so many seconds later."""
        self.now += timedelta(seconds=after)
        self.ticks += 10
        self.flow.handle(self.ticks)

    @property
    def cards(self) -> list[IncidentCard]:
        """The cards that the channel shows."""
        return [each.incident for each in self.chat.letters(OPS) if each.incident]

    @property
    def lines(self) -> list[str]:
        """What was told below them."""
        return [each.text for each in self.chat.letters(OPS) if each.kind is LetterKind.TEXT]


@pytest.fixture
def place() -> Iterator[Place]:
    """A place with nothing in it."""
    return Place()


def test_one_card_from_beginning_to_end(place: Place) -> None:
    """Given alerts of one trouble, when they begin, repeat and end, then one card follows."""
    place.come(alert("a"), alert("b"))
    place.turn()
    assert [(card.firing, card.incident.status) for card in place.cards] == [(2, IncidentStatus.OPEN)]
    place.come(alert("a"), alert("b"), alert("a"))
    place.turn(after=1)
    assert [card.repeats for card in place.cards] == [3]
    place.come(alert("a", "resolved"), alert("b", "resolved"), after=5)
    place.turn()
    place.turn()
    assert [(card.firing, card.over, card.incident.status) for card in place.cards] == [(0, 2, IncidentStatus.CLOSED)]
    assert place.lines == ["Incident 1: All its alerts are over: closed."]


def test_what_people_do_is_told_below_the_card(place: Place) -> None:
    """Given an incident, when people act, then each thing is told once, whichever relay comes next."""
    place.come(alert("a"))
    place.turn()
    place.incidents.change(1, acknowledge("terminal:anna", place.now))
    place.turn()
    place.incidents.change(1, note("terminal:anna", "the disk is full", place.now))
    place.flow = place.another()
    place.turn()
    assert place.lines == [
        "Incident 1: terminal:anna looks after it",
        "Incident 1: terminal:anna notes: the disk is full",
    ]
    assert place.cards[0].incident.acknowledged_by == "terminal:anna"


def test_a_relay_that_dies_after_showing_tells_nothing_twice(place: Place) -> None:
    """Given a relay that dies before it notes what was shown, when the next one comes, then all is there once."""
    place.come(alert("a"))
    place.incidents.change(1, note("terminal:anna", "look", place.now))
    noted = place.incidents.shown

    def away(*_: Any) -> None:
        raise Unavailable("SQL is away.")

    place.incidents.shown = away  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        place.turn()
    place.incidents.shown = noted  # type: ignore[method-assign]
    place.turn()
    assert len(place.cards) == 1
    assert place.lines == ["Incident 1: terminal:anna notes: look"]


def test_flapping_is_said_once_and_closed_when_quiet(place: Place) -> None:
    """Given an alert that comes and goes, when it is quiet for long, then the incident is closed."""
    for number in range(6):
        place.come(alert("a", episode=str(number)), after=10)
        place.turn()
        place.come(alert("a", "resolved", episode=str(number)), after=10)
        place.turn()
    assert place.cards[0].incident.flapping
    assert sum("comes and goes" in line for line in place.lines) == 1
    place.turn(after=500)
    assert not place.cards[0].incident.closed
    place.turn(after=200)
    assert place.cards[0].incident.closed
    assert place.lines[-1] == "Incident 1: It has been quiet: closed."


def test_nobody_acts(place: Place) -> None:
    """Given an incident that nobody acts on, when time goes by, then each step calls once."""
    place.come(alert("a"))
    place.turn(after=299)
    assert place.lines == []
    for _ in range(3):
        place.turn(after=1)
    assert place.lines == ["Incident 1: Nobody has acted: channel is called."]
    for _ in range(3):
        place.turn(after=600)
    assert place.lines[1:] == ["Incident 1: Nobody has acted: slack-group:S0OPS is called."]
    assert place.counters.totals() == {
        ("signalbox_escalations_total", "1"): 1,
        ("signalbox_escalations_total", "2"): 1,
    }
    rows = [(row.status, row.reason, row.incident_id) for row in place.ledger.recorded()]
    assert rows == [(ESCALATED, "slack-group:S0OPS", 1), (ESCALATED, "channel", 1)]


def test_who_is_called_counts_from_when_it_came_again(place: Place) -> None:
    """Given an incident for which people were called, when it is over and comes again, then all is counted anew."""
    place.come(alert("a"))
    place.turn(after=400)
    place.come(alert("a", "resolved"))
    place.come(alert("a", episode="2"), after=60)
    place.turn(after=290)
    called = "Incident 1: Nobody has acted: channel is called."
    assert [line for line in place.lines if "Nobody has acted" in line] == [called]
    place.turn(after=20)
    place.turn(after=600)
    again = [line for line in place.lines if "Nobody has acted" in line]
    assert again == [called, called, "Incident 1: Nobody has acted: slack-group:S0OPS is called."]


@pytest.mark.parametrize("act", [acknowledge("terminal:anna", START), assign("terminal:anna", "slack:U1", START)])
def test_who_acts_ends_the_calling(place: Place, act: Any) -> None:
    """Given an incident that somebody takes or hands to somebody, when time goes by, then nobody is called."""
    place.come(alert("a"))
    place.incidents.change(1, act)
    place.turn(after=3600)
    assert not any("Nobody has acted" in line for line in place.lines)


def test_a_relay_that_does_not_hold_the_lease_does_nothing(place: Place) -> None:
    """Given another relay at it, when this one has its turn, then it shows nothing and tells rules nothing."""
    place.come(alert("a"))
    place.leases.held = True
    place.turn()
    assert place.chat.letters(OPS) == []
    assert place.incidents.news()
    place.leases.held = False
    place.turn()
    assert len(place.cards) == 1
    assert place.incidents.news() == []


def test_without_a_place_everything_else_goes_on(place: Place) -> None:
    """Given no cards, or a policy that was never good, when alerts come, then rules are told, and nothing is shown."""
    place.written = {}
    place.come(alert("a"))
    place.turn()

    def broken() -> Any:
        raise Misconfigured("signalbox.yml cannot be used.")

    place.flow = replace(place.flow, config=broken, places=broken)
    place.come(alert("b"))
    place.turn()
    assert place.incidents.news() == []
    assert place.chat.letters(OPS) == []


def test_what_came_long_ago_is_forgotten(place: Place) -> None:
    """Given a notice of a month ago, when the relay has its turn, then its key is gone."""
    place.come(alert("a"), alert("a", "resolved"))
    place.turn()
    place.now += KEEP + timedelta(days=1)
    place.ticks += PRUNE_SECONDS
    place.turn()
    assert place.incidents.prune(place.now) == 0
