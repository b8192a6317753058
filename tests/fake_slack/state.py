"""What a workspace holds: people, groups, channels, messages, files and views, as Slack would tell them in JSON."""

import copy
from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True)
class User:
    """A person, guest or bot."""

    id: str
    name: str
    team_id: str
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    deleted: bool = False
    bot_id: str = ""
    tz: str = "Etc/UTC"

    def json(self) -> dict[str, Any]:
        """As `users.info` tells it."""
        return {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "real_name": self.name.title(),
            "deleted": self.deleted,
            "tz": self.tz,
            "profile": {
                "display_name": self.name,
                "real_name": self.name.title(),
                "email": f"{self.name}@example.test",
            },
            "is_bot": self.is_bot,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
        }


@dataclass(kw_only=True)
class UserGroup:
    """A group of people, `S...`."""

    id: str
    handle: str
    team_id: str
    users: list[str]
    disabled: bool = False

    def json(self, *, with_users: bool) -> dict[str, Any]:
        """As `usergroups.list` tells it."""
        shown = {"id": self.id, "team_id": self.team_id, "handle": self.handle, "name": self.handle.title()}
        shown |= {"is_usergroup": True, "date_delete": int(self.disabled), "user_count": len(self.users)}
        return shown | ({"users": list(self.users)} if with_users else {})


@dataclass(kw_only=True)
class File:
    """A file, from the moment its upload was announced."""

    id: str
    name: str
    length: int
    user: str
    content: bytes | None = None
    title: str = ""
    completed: bool = False
    channels: list[str] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        """As it stands in a message."""
        title = self.title or self.name
        return {"id": self.id, "name": self.name, "title": title, "size": self.length, "user": self.user}


@dataclass(kw_only=True)
class Message:
    """One message. `revisions` are the JSON it had before each edit; `key` is what its metadata was posted with."""

    ts: str
    channel: str
    user: str
    text: str = ""
    bot_id: str = ""
    app_id: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    thread_ts: str = ""
    broadcast: bool = False
    metadata: dict[str, Any] | None = None
    edited: dict[str, str] | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)
    revisions: list[dict[str, Any]] = field(default_factory=list)
    viewer: str = ""
    key: str = ""
    deleted: bool = False
    pinned: bool = False

    def json(self, *, metadata: bool = True) -> dict[str, Any]:
        """As `conversations.history` tells it."""
        shown: dict[str, Any] = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text}
        optional = {
            "bot_id": self.bot_id,
            "app_id": self.app_id,
            "thread_ts": self.thread_ts,
            "blocks": self.blocks,
            "attachments": self.attachments,
            "edited": self.edited,
            "metadata": self.metadata if metadata else None,
            "files": [file.json() for file in self.files],
            "reactions": [{"name": n, "users": u, "count": len(u)} for n, u in self.reactions.items()],
            "subtype": "thread_broadcast" if self.broadcast else "",
        }
        shown |= {name: value for name, value in optional.items() if value}
        return copy.deepcopy(shown)


@dataclass(kw_only=True)
class Channel:
    """A conversation: `kind` is channel (public), group (private), im or mpim; messages in the order they came."""

    id: str
    name: str
    kind: str = "channel"
    members: set[str] = field(default_factory=set)
    archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    ephemerals: list[Message] = field(default_factory=list)
    statuses: dict[str, str] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """As `conversations.info` tells it."""
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_im": self.kind == "im",
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "channel",
            "is_archived": self.archived,
            "num_members": len(self.members),
        }

    def shown(self) -> list[Message]:
        """The messages of the channel itself, threads left out."""
        return [m for m in self.messages.values() if not m.thread_ts or m.thread_ts == m.ts or m.broadcast]

    def thread(self, ts: str) -> list[Message]:
        """A message and its replies."""
        return [m for m in self.messages.values() if ts in (m.ts, m.thread_ts)]


@dataclass(kw_only=True)
class View:
    """A modal or a home tab of one person; `state` is what is filled in, `errors` what the app said at its fields."""

    id: str
    user: str
    body: dict[str, Any]
    hash: str
    root: str
    previous: str | None = None
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    response_urls: list[dict[str, str]] = field(default_factory=list)
    revisions: list[dict[str, Any]] = field(default_factory=list)
