"""What holds in one environment, whoever asks."""

from pydantic import Field

from bot.guards.policy_freeze import Freeze
from bot.guards.policy_parts import HostsOrShare, Part


class EnvironmentPolicy(Part):
    """`max_hosts` is a number, or a share of the environment's hosts such as `20%`; `channels` are globs."""

    protected: bool | None = None
    approvals: int = Field(default=0, ge=0, le=20)
    max_hosts: HostsOrShare | None = None
    max_concurrent: int | None = Field(default=None, ge=1)
    channels: tuple[str, ...] = ()
    freeze: tuple[Freeze, ...] = ()
    default_limit: str | None = Field(default=None, min_length=1, max_length=1000)
    notify: str | None = Field(default=None, min_length=1, max_length=200)

    def host_bound(self, of: int) -> int | None:
        """How many of `of` hosts one run may touch: a share is rounded down, but never below one; None for any."""
        if isinstance(self.max_hosts, str):
            return max(1, of * int(self.max_hosts[:-1]) // 100)
        return self.max_hosts
