"""The methods of the Web API: a checked call enters, the body of the answer leaves."""

from tests.fake_slack.api.call import Call
from tests.fake_slack.api.table import METHODS

__all__ = ["METHODS", "Call"]
