"""One workspace in memory: names enter, the people, channels, files and views of that name leave."""

import threading
from dataclasses import dataclass, field

from tests.fake_slack.errors import ApiError
from tests.fake_slack.ids import Ids
from tests.fake_slack.state import Channel, File, Message, User, UserGroup, View


@dataclass(kw_only=True)
class Settings:
    """What an administrator or the plan decides; each makes methods fail as they would."""

    paid: bool = True
    file_uploads: bool = True
    storage_left: bool = True


@dataclass(kw_only=True)
class Workspace:
    """Everything in it, by id; whoever reads or changes it holds `lock`."""

    team: str
    domain: str
    app: str
    bot_user: str
    bot: str
    ids: Ids
    settings: Settings = field(default_factory=Settings)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, UserGroup] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    stacks: dict[str, list[str]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def add_user(self, name: str, *, id: str = "", **more: object) -> User:  # noqa: A002  # Slack's own word
        """A new person (`is_restricted`, `is_ultra_restricted`, `is_bot`, `deleted` as keywords)."""
        user = User(id=id or self.ids.new("U"), name=name, team_id=self.team, **more)
        self.users[user.id] = user
        return user

    def add_group(self, handle: str, users: list[str], *, id: str = "") -> UserGroup:  # noqa: A002
        """A new user group."""
        group = UserGroup(id=id or self.ids.new("S"), handle=handle, team_id=self.team, users=users)
        self.groups[group.id] = group
        return group

    def add_channel(
        self,
        name: str,
        members: list[str] | None = None,
        *,
        id: str = "",  # noqa: A002
        kind: str = "channel",
        bot: bool = True,
    ) -> Channel:
        """A new channel with these members (None: everybody); the bot is in it unless `bot` is False."""
        inside = set(self.users if members is None else members) - {self.bot_user}
        channel = Channel(id=id or self.ids.new("C"), name=name, kind=kind, members=inside)
        if bot:
            channel.members.add(self.bot_user)
        self.channels[channel.id] = channel
        return channel

    def channel(self, name: str) -> Channel:
        """The channel with this id or name; raises `channel_not_found`."""
        wanted = name.removeprefix("#")
        found = self.channels.get(name) or next((c for c in self.channels.values() if c.name == wanted), None)
        if found is None:
            raise ApiError("channel_not_found")
        return found

    def direct(self, *users: str) -> Channel:
        """The conversation of the bot with this person or these people, made when there is none."""
        members = {self.bot_user, *users}
        kind = "im" if len(users) == 1 else "mpim"
        found = next((c for c in self.channels.values() if c.kind == kind and c.members == members), None)
        if found is None:
            names = "-".join(sorted(self.user(user).name for user in users))
            found = Channel(id=self.ids.new("D" if kind == "im" else "G"), name=names, kind=kind, members=members)
            self.channels[found.id] = found
        return found

    def user(self, name: str) -> User:
        """The person with this id; raises `user_not_found`."""
        if name not in self.users:
            raise ApiError("user_not_found")
        return self.users[name]

    def messages(self, channel: str | None = None) -> list[Message]:
        """All messages, of one channel or of all, as they came; ephemeral ones left out."""
        with self.lock:
            chosen = [self.channel(channel)] if channel else self.channels.values()
            return [message for one in chosen for message in one.messages.values()]

    def modal(self, user: str) -> View | None:
        """The view that this person has before them."""
        with self.lock:
            stack = self.stacks.get(user)
            return self.views[stack[-1]] if stack else None
