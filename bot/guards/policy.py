"""The policy of the place: all of `signalbox.yml`, checked."""

from typing import Any

from pydantic import Field

from bot.guards.policy_environment import EnvironmentPolicy
from bot.guards.policy_parts import Part
from bot.guards.policy_roles import Role
from bot.guards.policy_schedules import Schedules
from bot.guards.policy_vars import Variables
from bot.model.provider import Provider

_NOTHING_SAID = EnvironmentPolicy()


class Limits(Part):
    """Bounds of the place: how many runs may wait."""

    queue: int = Field(default=200, ge=1)


class _Slack(Part):
    teams: tuple[str, ...] = ()
    guests: bool = False
    bots: bool = False


class Policy(Part):
    """All of `signalbox.yml`; `written` is False for the policy that holds without the file."""

    slack: _Slack = _Slack()
    roles: dict[str, Role] = Field(default_factory=dict)
    environments: dict[str, EnvironmentPolicy] = Field(default_factory=dict)
    alerts: dict[str, Any] = Field(default_factory=dict)
    schedules: Schedules = Field(default_factory=dict)
    vars: Variables = Field(default_factory=dict)
    limits: Limits = Limits()
    written: bool = Field(default=True, exclude=True)

    def environment(self, name: str) -> EnvironmentPolicy:
        """What holds in an environment, by its name."""
        return self.environments.get(name, _NOTHING_SAID)

    def provider(self, name: str) -> Provider | None:
        """What brings an environment up and down; None for nothing, and for whatever is protected.

        Without the file, the fleet and Vagrant's are known by their names.
        """
        said = self.environment(name).provider
        if self.protected(name):
            return None
        if not self.written:
            said = "fleet" if name == "fleet" else "vagrant" if name == "vagrant" else None
        if said is None or isinstance(said, str):
            return Provider(kind=said) if said else None
        return Provider(kind="command", **{key: value or () for key, value in said.model_dump().items()})

    def groups(self, transport: str) -> tuple[str, ...]:
        """The ids of all user groups of a chat that roles name."""
        prefix = f"{transport}-group:"
        named = (member for role in self.roles.values() for member in role.members if member.startswith(prefix))
        return tuple(sorted({member.removeprefix(prefix) for member in named}))

    def protected(self, name: str) -> bool:
        """Whether an environment is protected: as the file says, else when its name begins with `prod`."""
        said = self.environment(name).protected
        return name.lower().startswith("prod") if said is None else said
