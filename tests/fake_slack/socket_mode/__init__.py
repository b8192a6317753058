"""Socket Mode: connections of the app enter, envelopes leave, acknowledgements come back."""

from tests.fake_slack.socket_mode.hub import Hub

__all__ = ["Hub"]
