"""A strict Slack in one process: an app that talks to it is answered, limited and failed as Slack would do it."""

from tests.fake_slack.clock import ManualClock, RealClock
from tests.fake_slack.slack import FakeSlack
from tests.fake_slack.state import Channel, File, Message, User, View
from tests.fake_slack.to_app import Attempt, Delivery, Outgoing, Person
from tests.fake_slack.to_app.forged import forged, not_text
from tests.fake_slack.to_app.signing import signed

__all__ = [
    "Attempt",
    "Channel",
    "Delivery",
    "FakeSlack",
    "File",
    "ManualClock",
    "Message",
    "Outgoing",
    "Person",
    "RealClock",
    "User",
    "View",
    "forged",
    "not_text",
    "signed",
]
