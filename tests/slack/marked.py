"""A desk with an incident that is shown in a channel: what stands below its card can be marked."""

import time

from bot.model.incident import IncidentEvent
from tests.alerts.story import START, alert
from tests.fake_slack import Message
from tests.ledger.test_incidents import take
from tests.slack.desk import POLICY, Desk, until
from tests.slack.town import key_of

CHANNEL = "C0OPS"
MARKED = f"{POLICY}alerts: {{cards: ['slack:{CHANNEL}'], note_reaction: pushpin}}\n"


def shown_incident(desk: Desk, policy: str = MARKED) -> Message:
    """The card of incident 1 in its channel, as soon as it is there."""
    desk.policy(policy)
    desk.slack.workspace.add_channel("ops-night", id=CHANNEL)
    take(desk.app.ledger.incidents(), alert("a"), at=START)
    desk.app.alerts.tend.handle(1000.0)

    def card() -> Message | None:
        desk.parts.deliver.handle(time.time())
        return next((each for each in desk.slack.messages(CHANNEL) if key_of(each).startswith("incident:1:")), None)

    found = until(card, "the card")
    assert found is not None
    return found


def marks(desk: Desk) -> list[IncidentEvent]:
    """What of the story came from marks, when everything was dealt with."""
    desk.settle()
    return [event for event in desk.app.ledger.incidents().timeline(1) if event.kind == "marked"]
