"""What rules are told of alerts: each that began or ended, in order, and again only when nobody could note it."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.alerts import Grouping, decider, group_of
from bot.errors import BadTarget, Unavailable
from bot.flows.hand_over import HandOver
from bot.ledger import MemoryIncidents
from bot.model.alert import Alert
from bot.model.incident import Notice
from tests.alerts.story import START, alert

GROUPING = Grouping()


class Heard:
    """Rules that only listen; `broken` is raised once, after so many were told."""

    def __init__(self, broken: Exception | None = None, after: int = 0) -> None:
        self.told: list[tuple[str, str, int | None]] = []
        self.events: list[Mapping[str, Any]] = []
        self._broken = broken
        self._after = after

    def handle(self, event: Mapping[str, Any], incident_id: int | None) -> None:
        """Write it down."""
        if self._broken is not None and len(self.told) == self._after:
            broken, self._broken = self._broken, None
            raise broken
        self.told.append((event["subject"], event["status"], incident_id))
        self.events.append(event)


def came(*said: Alert) -> MemoryIncidents:
    """A ledger to which these alerts came."""
    incidents = MemoryIncidents()
    incidents.take([Notice(alert=each, group=group_of(each, GROUPING), at=START) for each in said], decider(GROUPING))
    return incidents


def test_each_is_told_once_and_in_order() -> None:
    """Given alerts that begin, are said again and end, when they are handed over, then both ends of each are heard."""
    heard = Heard()
    flow = HandOver(
        incidents=came(alert("a"), alert("b"), alert("a"), alert("b", "resolved"), alert("a", "resolved")), ruling=heard
    )
    assert flow.handle() == 4
    assert heard.told == [("a", "firing", 1), ("b", "firing", 1), ("b", "resolved", 1), ("a", "resolved", 1)]
    assert flow.handle() == 0
    assert len(heard.told) == 4


@pytest.mark.parametrize("after", [0, 1, 2])
def test_rules_that_are_away_are_told_later(after: int) -> None:
    """Given rules that do not answer, when they are back, then they hear what they have not heard, in order."""
    heard = Heard(Unavailable("Redis is away."), after)
    flow = HandOver(incidents=came(alert("a"), alert("b"), alert("c")), ruling=heard)
    with pytest.raises(Unavailable):
        flow.handle()
    assert len(heard.told) == after
    assert flow.handle() == 3 - after
    assert [subject for subject, *_ in heard.told] == ["a", "b", "c"]


def test_one_alert_does_not_hold_up_the_others() -> None:
    """Given an alert that rules refuse, when it is handed over, then the next one comes."""
    heard = Heard(broken=BadTarget("There is no such host."))
    HandOver(incidents=came(alert("a"), alert("b")), ruling=heard).handle()
    assert [subject for subject, *_ in heard.told] == ["b"]


def test_an_event_has_the_form_that_rulebooks_know() -> None:
    """Given an alert of a host, when rules are told, then labels, host and source are where rulebooks look for them."""
    heard = Heard()
    HandOver(incidents=came(alert("a", host="web1", labels={"zone": "eu"}), alert("b")), ruling=heard).handle()
    first, second = heard.events
    assert first["alert"]["labels"] == {"zone": "eu"}
    assert first["meta"]["hosts"] == ["web1"]
    assert second["meta"]["hosts"] == []
    assert first["meta"]["source"]["name"] == "alertmanager"
    assert first["meta"]["uuid"] != second["meta"]["uuid"]
