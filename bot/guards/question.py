"""What the guards are asked: who, where, what with which values, on which hosts, when, and what ran before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.model.people import Actor, Conversation, Origin
from bot.model.promotion import Promotion
from bot.model.run import Plan, Run, Target
from bot.model.runbook import Runbook
from bot.model.stop import Stop

_EVERY_HOST = frozenset({"all", "*"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How a runbook is to be used; `values` are validated, without secrets, and None as long as they are not known.

    `declared` are the names of all parameters, `secret` of those whose values no guard ever sees.
    """

    values: Mapping[str, Any] | None = None
    declared: frozenset[str] = frozenset()
    secret: frozenset[str] = frozenset()
    check: bool = False
    limited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Somebody, a place to speak from, a runbook (by id) in an environment, and how it is to be used.

    `groups` are ids of user groups that the actor is in. Without `use`, any use counts that may be allowed, and without
    `channel`, any channel: both are left out for lists only, never where something is to run.
    """

    actor: Actor
    groups: tuple[str, ...]
    channel: str | None
    runbook: str
    environment: str
    use: Use | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May this actor run this runbook on this target, now? All that the guards look at; no secret is ever in it.

    `parameters` are None before they are validated. `environment_hosts` counts all hosts of the environment. `recent`
    are the runs of the same runbook in the environment that are under way or began within its cooldown, `active` all
    runs there that are not over and wait for nobody's yes, `stops` the locks, freezes and brakes in force; None when
    nobody here can know. `promotion` is the one of this runbook to this environment that nobody has ended,
    `content_hash` what the runbook is now; both are left out where its own scopes let it run. `now` is aware. `check`
    runs change nothing, and neither wait for a cooldown nor begin one.
    """

    actor: Actor
    conversation: Conversation
    origin: Origin = Origin.CHAT
    groups: tuple[str, ...] = ()
    runbook: Runbook
    target: Target
    environment_hosts: int
    parameters: Mapping[str, Any] | None = None
    check: bool = False
    now: datetime
    recent: tuple[Run, ...] | None = ()
    active: tuple[Run, ...] | None = ()
    stops: tuple[Stop, ...] | None = ()
    promotion: Promotion | None = None
    content_hash: str = ""

    @property
    def limited(self) -> bool:
        """Whether a limit narrows the environment; in one of a single host, whether it was named."""
        return narrows(self.target) and (len(self.target.hosts) < self.environment_hosts or self.environment_hosts == 1)

    @property
    def access(self) -> Access:
        """The part of the question that roles answer."""
        return Access(
            actor=self.actor,
            groups=self.groups,
            channel=self.conversation.channel,
            runbook=self.runbook.id,
            environment=self.target.environment,
            use=Use(
                values=self.parameters,
                declared=frozenset(parameter.name for parameter in self.runbook.parameters),
                secret=self.runbook.secrets,
                check=self.check,
                limited=self.limited,
            ),
        )


def narrows(target: Target) -> bool:
    """Whether the limit of a target is more than the word for every host."""
    return target.limit not in _EVERY_HOST


def use_of(plan: Plan) -> Use:
    """How a plan uses its runbook."""
    secret = frozenset(plan.secret_names)
    return Use(
        values=plan.parameters,
        declared=secret | plan.parameters.keys(),
        secret=secret,
        check=plan.options.check,
        limited=narrows(plan.target),
    )
