"""Events of the workspace: what happened enters, an event of the Events API reaches the app."""

import json
from typing import TYPE_CHECKING, Any

from tests.fake_slack.state import Message
from tests.fake_slack.to_app import payloads
from tests.fake_slack.to_app.delivery import Attempt, Delivery, Outgoing
from tests.fake_slack.to_app.forged import JSON, ssl_check
from tests.fake_slack.to_app.signing import signed

if TYPE_CHECKING:
    from tests.fake_slack.slack import FakeSlack

_KINDS = {"channel": "channel", "group": "group", "im": "im", "mpim": "mpim"}


class Events:
    """Tells the app what happened."""

    def __init__(self, slack: "FakeSlack") -> None:
        self._slack = slack

    def send(self, inner: dict[str, Any]) -> Delivery:
        """Any event, e.g. `{"type": "tokens_revoked", "tokens": {"bot": [...]}}`."""
        return self._slack.app.tell(self.outgoing(inner))

    def outgoing(self, inner: dict[str, Any]) -> Outgoing:
        """The event as it will be told, for who wants to tell it in another way."""
        slack = self._slack
        return Outgoing(kind="events_api", payload=payloads.event(slack.workspace, inner, slack.clock.now()))

    def mention(self, message: Message) -> Delivery:
        """Somebody mentioned the bot."""
        return self.send(payloads.mention(self._slack.workspace, message))

    def message(self, message: Message) -> Delivery:
        """A message came into a conversation that the app listens to; `channel_type` says of which kind."""
        kind = self._slack.workspace.channel(message.channel).kind
        extra = {"channel": message.channel, "event_ts": message.ts, "channel_type": _KINDS[kind]}
        return self.send({**message.json(metadata=False), **extra, "team": self._slack.workspace.team})

    def reaction(self, user: str, emoji: str, message: Message) -> Delivery | None:
        """Somebody put a reaction on a message; None where the app is not told."""
        slack = self._slack
        inside = slack.workspace.bot_user in slack.workspace.channel(message.channel).members
        if not inside or "reactions:read" not in slack.tokens.check(slack.bot_token).scopes:
            return None
        item = {"type": "message", "channel": message.channel, "ts": message.ts}
        inner = {"type": "reaction_added", "user": user, "reaction": emoji, "item": item, "item_user": message.user}
        return self.send({**inner, "event_ts": slack.ids.ts()})

    def group_changed(self, group: str, users: list[str]) -> Delivery:
        """A user group has other members from now on."""
        found = self._slack.workspace.groups[group]
        before, found.users = set(found.users), list(users)
        added, removed = sorted(set(users) - before), sorted(before - set(users))
        names = {"added_users": added, "added_users_count": len(added)}
        gone = {"removed_users": removed, "removed_users_count": len(removed)}
        team = self._slack.workspace.team
        return self.send({"type": "subteam_members_changed", "subteam_id": group, "team_id": team, **names, **gone})

    def home_opened(self, user: str) -> Delivery:
        """Somebody opened the app's home tab."""
        work = self._slack.workspace
        inner = {"type": "app_home_opened", "user": user, "channel": work.direct(user).id, "tab": "home"}
        home = work.homes.get(user)
        known = {"view": payloads.told(work, home)} if home else {}
        return self.send({**inner, **known, "event_ts": work.ids.ts()})

    def url_verification(self, challenge: str = "prove-it") -> Attempt:
        """Slack asks whether the URL is the app's; the answer repeats the challenge."""
        body = json.dumps({"type": "url_verification", "token": "verification_token", "challenge": challenge}).encode()
        return self._slack.app.raw(body, signed(self._slack.signing_secret, body, JSON))

    def ssl_check(self) -> Attempt:
        """Slack asks whether the certificate is good."""
        return self._slack.app.raw(*ssl_check(self._slack.signing_secret))
