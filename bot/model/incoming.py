"""One thing that happened in Slack and concerns us, by whichever door it came in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class IncomingKind(StrEnum):
    """What a person did."""

    COMMAND = "command"
    MENTION = "mention"
    BUTTON = "button"
    SUBMISSION = "submission"
    CHOICES = "choices"
    SHORTCUT = "shortcut"
    MESSAGE_SHORTCUT = "message_shortcut"
    HOME = "home"
    GROUP_CHANGED = "group_changed"
    REACTION = "reaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What a handler needs; ids only, since names can be chosen freely.

    `value` of a reaction is the timestamp of the message that it was put on, `action` the name of the emoji.
    `id` is the same for a repeated delivery. `text` is a command's or mention's text, a message shortcut's message, or
    what was typed to search among choices. `action` and `value` are the button's (or the picker's) own; `view` is the
    modal as Slack sends it; `state` the values in it by block and action. `at` is when a button was pressed or a choice
    made, by Slack's clock in seconds since the epoch; 0 when Slack does not say. `bot`: another app said it.
    """

    id: str
    kind: IncomingKind
    team: str
    user: str
    channel: str = ""
    thread: str = ""
    text: str = ""
    action: str = ""
    value: str = ""
    trigger: str = ""
    response_url: str = ""
    view: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    at: float = 0.0
    bot: bool = False
