"""One call with everything a method needs to answer it, and the questions that many methods ask."""

from dataclasses import dataclass
from typing import Any

from tests.fake_slack.clock import Clock
from tests.fake_slack.errors import ApiError
from tests.fake_slack.interactions import Interactions
from tests.fake_slack.state import Channel, Message
from tests.fake_slack.tokens import Token
from tests.fake_slack.violations import Violations
from tests.fake_slack.workspace import Workspace

PREFIX = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}  # of the scopes of each kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What was called, by whom, with which arguments; and the world in which it happens."""

    method: str
    arguments: dict[str, Any]
    token: Token
    workspace: Workspace
    interactions: Interactions
    violations: Violations
    clock: Clock
    base: str

    def get(self, name: str, otherwise: Any = None) -> Any:
        """An argument."""
        return self.arguments.get(name, otherwise)

    def violate(self, kind: str, detail: str) -> None:
        """Note what the app should not have done."""
        self.violations.note(kind, f"{self.method}: {detail}", self.clock.now())

    def channel(self, name: str = "channel", *, scope: str = "") -> Channel:
        """The channel that an argument names, as far as the bot can see it.

        Raises `channel_not_found`, and `missing_scope` for `scope` (`history`, `read`) of that kind of channel.
        """
        channel = self.workspace.channel(str(self.arguments[name]))
        if channel.kind != "channel" and self.token.user_id not in channel.members:
            raise ApiError("channel_not_found")
        if scope:
            self.token.need(f"{PREFIX[channel.kind]}:{scope}")
        return channel

    def inside(self, channel: Channel) -> Channel:
        """The channel, if the bot is in it; raises `not_in_channel`."""
        if self.token.user_id not in channel.members:
            raise ApiError("not_in_channel")
        return channel

    def message(self, channel: Channel, ts: str) -> Message:
        """A message that is there; raises `message_not_found`."""
        if ts not in channel.messages:
            raise ApiError("message_not_found")
        return channel.messages[ts]
