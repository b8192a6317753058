"""Roles of the policy: who is in one, what it may do, what it may not."""

from typing import Literal

from pydantic import Field

from bot.guards.policy_parts import EVERYTHING, Part, Values


class Grant(Part):
    """What a role may do; it holds for a run when everything in it fits.

    Runbooks, environments and channels by glob. `parameters` bounds the values of those that a runbook declares;
    `check: only` wants --check, `limit: required` a limit that narrows the environment.
    """

    runbooks: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    channels: tuple[str, ...] = EVERYTHING
    parameters: dict[str, Values] = Field(default_factory=dict)
    check: Literal["only"] | None = None
    limit: Literal["required"] | None = None
    approve: bool = False
    promote: bool = False
    break_glass: bool = False


class Denial(Part):
    """What a role may not do, whatever another one grants; left out means all, and everything in it must fit.

    `check: missing` and `limit: missing` narrow it to runs without --check, or without a limit.
    """

    runbooks: tuple[str, ...] = EVERYTHING
    environments: tuple[str, ...] = EVERYTHING
    channels: tuple[str, ...] = EVERYTHING
    parameters: dict[str, Values] = Field(default_factory=dict)
    check: Literal["missing"] | None = None
    limit: Literal["missing"] | None = None


class Role(Part):
    """Members: `terminal:NAME`, `slack:USER`, `slack-group:GROUP`, `rule:NAME`, `schedule:NAME`; `*` as in globs."""

    members: tuple[str, ...] = ()
    may: tuple[Grant, ...] = ()
    may_not: tuple[Denial, ...] = ()
