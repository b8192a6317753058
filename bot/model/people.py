"""Who asks, where, and why."""

import re
from dataclasses import dataclass
from enum import StrEnum

EVERYBODY = "channel"
"""Whom an escalation calls when it calls everybody in the channel."""
PEOPLE = rf"{EVERYBODY}|slack-group:S[A-Z0-9]{{2,40}}|slack:[UW][A-Z0-9]{{2,40}}"
"""How people are named who are to be called: everybody in the channel, a user group, a person."""
_PEOPLE = re.compile(PEOPLE)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person or a rule, named as in `signalbox.yml`: `terminal:anna`, `slack:U1`, `rule:disk-full`."""

    transport: str
    name: str

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
