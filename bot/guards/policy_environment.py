"""What holds in one environment, whoever asks."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bot.guards.policy_freeze import Freeze
from bot.guards.policy_parts import Duration, HostsOrShare, Part
from bot.model.queues import DEFAULT, PATTERN

DAY_SECONDS = 86_400


class Brake(Part):
    """Rules have to stop when more runs than these failed, or were started by no person, within some seconds."""

    failed: int | None = Field(default=None, ge=0)
    automatic: int | None = Field(default=None, ge=0)
    within: Annotated[Duration, Field(le=DAY_SECONDS)]

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.failed is None and self.automatic is None:
            raise ValueError("failed, automatic, or both")
        return self


_Arguments = Annotated[tuple[Annotated[str, Field(max_length=1000)], ...], Field(min_length=1, max_length=100)]


class OwnCommands(Part):
    """A provider of the team's own: argument lists, carried out in the project's folder; no shell reads them.

    `keep` names variables of the worker's environment that they may see, with `*`.
    """

    create: _Arguments
    list: _Arguments
    destroy: _Arguments
    halt: _Arguments | None = None
    snapshot: _Arguments | None = None
    restore: _Arguments | None = None
    keep: tuple[str, ...] = ()


class EnvironmentPolicy(Part):
    """`max_hosts` is a number, or a share of the environment's hosts such as `20%`; `channels` are globs."""

    protected: bool | None = None
    approvals: int = Field(default=0, ge=0, le=20)
    max_hosts: HostsOrShare | None = None
    max_concurrent: int | None = Field(default=None, ge=1)
    channels: tuple[str, ...] = ()
    freeze: tuple[Freeze, ...] = ()
    brake: Brake | None = None
    default_limit: str | None = Field(default=None, min_length=1, max_length=1000)
    notify: str | None = Field(default=None, min_length=1, max_length=200)
    forks: int | None = Field(default=None, ge=1, le=500)
    queue: str = Field(default=DEFAULT, pattern=f"^{PATTERN}$")
    provider: Literal["fleet", "vagrant"] | OwnCommands | None = None

    @model_validator(mode="after")
    def _is_for_tests(self) -> Self:
        if self.provider is not None and self.protected:
            raise ValueError("a protected environment has no provider: nobody takes it down from chat")
        return self

    def host_bound(self, of: int) -> int | None:
        """How many of `of` hosts one run may touch: a share is rounded down, but never below one; None for any."""
        if isinstance(self.max_hosts, str):
            return max(1, of * int(self.max_hosts[:-1]) // 100)
        return self.max_hosts
