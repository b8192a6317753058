"""One thing that somebody says to the bot, and what the bot answers at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.model.people import Actor, Conversation, Origin
from bot.model.promotion import Promotion
from bot.model.reply import Reply
from bot.model.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was said, by whom, where.

    `secrets` are answers to an earlier SecretsNeeded, never part of `text`; `groups` are ids of user groups that the
    actor is in. Of all requests with the same `once` one run at most is made, whoever makes them, and when.
    """

    text: str
    actor: Actor
    conversation: Conversation
    origin: Origin = Origin.CHAT
    secrets: Mapping[str, Any] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    once: str = ""

    @property
    def once_checked(self) -> str:
        """The same for the check that goes before the run."""
        return f"{self.once} check" if self.once else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What people have said to a run before it starts: its asker, so many others, or one who skipped them.

    `check_first`: it is the check that is made before anybody is asked to approve.
    """

    confirmed: bool = False
    approvals: int = 0
    broke_glass: bool = False
    check_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asked for a run, where, why, and what was consented to: what is judged again when a worker starts it.

    `groups` are those that the actor was in then: a worker can ask no chat, and no SQL for the `promotion`.
    """

    actor: Actor
    conversation: Conversation
    origin: Origin
    groups: tuple[str, ...] = ()
    consent: Consent = field(default_factory=Consent)
    promotion: Promotion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The run is stored and queued; its card will follow."""

    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaiting:
    """The run is stored, and waits for people; its card will follow."""

    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsNeeded:
    """Ask the same again with values for these parameters (name and description of each), taken without echo."""

    runbook: str
    questions: tuple[tuple[str, str], ...]


Answer = Reply | Accepted | Awaiting | SecretsNeeded
