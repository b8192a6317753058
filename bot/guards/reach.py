"""What somebody may use at all, for lists and pickers: a policy and a person enter; runbooks and places are judged."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from bot.guards.decide_who import covers, denies, roles_of
from bot.guards.matching import any_matches
from bot.guards.policy import Policy
from bot.guards.policy_roles import Role
from bot.guards.question import Access
from bot.model.people import Actor
from bot.model.runbook import Runbook


@dataclass(frozen=True, kw_only=True)
class Reach:
    """One person in one channel; an empty channel is one that is not known yet, and may be any.

    `promoted` tells the runbooks and environments beyond the runbooks' scopes, once, should that matter.

    It tells what may be shown, not what may run: conditions on values, --check and limits are left to the guards.
    """

    policy: Policy
    actor: Actor
    groups: tuple[str, ...] = ()
    channel: str = ""
    promoted: Callable[[], frozenset[tuple[str, str]]] = frozenset

    def usable(self, runbook: Runbook, environment: str) -> bool:
        """Whether there is some way in which the runbook may be run in the environment."""
        scopes = runbook.safety.scopes
        reaches = scopes is None or environment in scopes or (runbook.id, environment) in self._promoted
        return reaches and self._open(environment) and self._may(runbook, environment)

    def _open(self, environment: str) -> bool:
        allowed = self.policy.environment(environment).channels
        return not allowed or not self.channel or any_matches(self.channel, allowed)

    def _may(self, runbook: Runbook, environment: str) -> bool:
        if not self.policy.written:
            return self.actor.transport == "terminal" and not self.policy.protected(environment)
        access = Access(
            actor=self.actor,
            groups=self.groups,
            channel=self.channel or None,
            runbook=runbook.id,
            environment=environment,
        )
        if any(denies(denial, access) for role in self._roles for denial in role.may_not):
            return False
        return any(covers(grant, access) for role in self._roles for grant in role.may)

    @cached_property
    def _promoted(self) -> frozenset[tuple[str, str]]:
        return self.promoted()

    @cached_property
    def _roles(self) -> list[Role]:
        return [role for _, role in roles_of(self.policy, self.actor, self.groups)]
