"""Who asks, where, and why."""

import re
from dataclasses import dataclass
from enum import StrEnum

EVERYBODY = "channel"
"""Whom an escalation calls when it calls everybody in the channel."""
PEOPLE = rf"{EVERYBODY}|slack-group:S[A-Z0-9]{{2,40}}|slack:[UW][A-Z0-9]{{2,40}}"
"""How people are named who are to be called: everybody in the channel, a user group, a person."""
_PEOPLE = re.compile(PEOPLE)


_SLACK = re.compile(r"(?:slack:)?([CG][A-Z0-9]{2,40})")


def is_people(to: str) -> bool:
    """Whether that names people to be called, and no channel."""
    return _PEOPLE.fullmatch(to) is not None


class Origin(StrEnum):
    """Why a run exists."""

    CHAT = "chat"
    WEB = "web"
    ALERT = "alert"
    SCHEDULE = "schedule"
    WORKFLOW = "workflow"
    REPLAY = "replay"
    CLI = "cli"


UNATTENDED = frozenset({Origin.ALERT, Origin.SCHEDULE, Origin.WORKFLOW})
"""Where no person asks."""
AUTOMATIC = {"rule": Origin.ALERT, "schedule": Origin.SCHEDULE}
"""The transports of actors that are no persons, with the origin of what they ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, named as in `signalbox.yml`: `terminal:anna`, `slack:U1`, `rule:town/disk-full`, `schedule:night`."""

    transport: str
    name: str

    @property
    def is_person(self) -> bool:
        """Whether somebody sits there who can say yes, and can be blamed."""
        return self.transport not in AUTOMATIC

    def __str__(self) -> str:
        return f"{self.transport}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Channel and thread where something happens; `thread` is empty outside threads."""

    transport: str
    channel: str
    thread: str = ""

    def __str__(self) -> str:
        return ":".join(part for part in (self.transport, self.channel, self.thread) if part)


def channel_of(name: str, otherwise: str, *, slack: bool) -> Conversation:
    """The one that a file names: a channel of Slack by its id where there is a `slack`, else a terminal's."""
    found = _SLACK.fullmatch(name) if slack else None
    if found is not None:
        return Conversation(transport="slack", channel=found[1])
    return Conversation(transport="terminal", channel=name.removeprefix("terminal:") or otherwise)
