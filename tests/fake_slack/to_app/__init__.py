"""What Slack tells the app: people's acts and events enter, signed requests or envelopes leave, acks come back."""

from tests.fake_slack.to_app.delivery import ACK, Attempt, Delivery, Outgoing
from tests.fake_slack.to_app.events import Events
from tests.fake_slack.to_app.person import Person
from tests.fake_slack.to_app.sender import Sender

__all__ = ["ACK", "Attempt", "Delivery", "Events", "Outgoing", "Person", "Sender"]
