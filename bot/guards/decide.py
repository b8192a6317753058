"""The guards themselves: pure functions from a question to a Decision."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.guards.policy import Grant, Policy
from bot.model.decision import Decision, Verdict
from bot.model.people import Actor, Conversation
from bot.model.run import Run, Target
from bot.model.runbook import Runbook
from bot.model.words import duration, some

NO_POLICY = "There is no signalbox.yml yet. Write one with `roles:`, so that people in chat may run things."


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Somebody, a place to speak from, and a runbook (by id) in an environment."""

    actor: Actor
    groups: tuple[str, ...]
    channel: str
    runbook: str
    environment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May this actor run this runbook on this target? All that the guards look at.

    `environment_hosts` counts all hosts of the environment; `recent` are the runs of the same runbook that are under
    way or began within its cooldown; `groups` are ids of user groups that the actor is in; `check` runs change nothing,
    and neither wait for a cooldown nor begin one.
    """

    actor: Actor
    conversation: Conversation
    runbook: Runbook
    target: Target
    environment_hosts: int
    check: bool = False
    groups: tuple[str, ...] = ()
    recent: tuple[Run, ...] = ()

    @property
    def access(self) -> Access:
        """The part of the question that roles answer."""
        return Access(
            actor=self.actor,
            groups=self.groups,
            channel=self.conversation.channel,
            runbook=self.runbook.id,
            environment=self.target.environment,
        )


def decide(policy: Policy, question: Question) -> Decision:
    """Deny when any guard denies, else ask when any asks, else allow; always with every reason found."""
    denials = [
        *_who(policy, question.access),
        *_where(policy, question),
        *_how_many(policy, question),
        *_how_soon(question),
    ]
    if denials:
        return Decision(verdict=Verdict.DENY, reasons=tuple(denials))
    asks = _needs_approval(policy, question)
    return Decision(verdict=Verdict.ASK if asks else Verdict.ALLOW, reasons=tuple(asks))


def may_touch(policy: Policy, access: Access) -> Decision:
    """Whether somebody may act on a run of a runbook in an environment, as on one of their own: cancel it."""
    return _denied_if(_who(policy, access))


def may_ask(policy: Policy, actor: Actor, groups: tuple[str, ...]) -> Decision:
    """Whether somebody may be told what there is and what runs; help is for everyone."""
    if not policy.written:
        return _denied_if([] if actor.transport == "terminal" else [NO_POLICY])
    known = any(_is_member(actor, groups, role.members) for role in policy.roles.values())
    return _denied_if([] if known else [_no_role(actor)])


def _denied_if(reasons: list[str]) -> Decision:
    return Decision(verdict=Verdict.DENY if reasons else Verdict.ALLOW, reasons=tuple(reasons))


def _who(policy: Policy, access: Access) -> list[str]:
    """Deny by default: with a policy some grant must cover it; without one the terminal is trusted."""
    if not policy.written:
        return _without_policy(policy, access)
    roles = [role for role in policy.roles.values() if _is_member(access.actor, access.groups, role.members)]
    grants = [grant for role in roles for grant in role.may]
    if not grants:
        return [_no_role(access.actor)]
    if any(_covers(grant, access) for grant in grants):
        return []
    return [f"No role of {access.actor} grants {access.runbook} in {access.environment} from here."]


def _no_role(actor: Actor) -> str:
    return f"{actor} has no role in signalbox.yml. Add it to the `members` of one."


def _without_policy(policy: Policy, access: Access) -> list[str]:
    if access.actor.transport != "terminal":
        return [NO_POLICY]
    if policy.protected(access.environment):
        name = access.environment
        return [f"{name} is protected, and there is no signalbox.yml that says who may run what there. Write one."]
    return []


def _is_member(actor: Actor, groups: tuple[str, ...], members: tuple[str, ...]) -> bool:
    known_as = (str(actor), *(f"{actor.transport}-group:{group}" for group in groups))
    return any(fnmatchcase(name, member) for name in known_as for member in members)


def _covers(grant: Grant, access: Access) -> bool:
    return (
        _any_matches(access.runbook, grant.runbooks)
        and _any_matches(access.environment, grant.environments)
        and _any_matches(access.channel, grant.channels)
    )


def _any_matches(name: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


def _where(policy: Policy, question: Question) -> list[str]:
    environment, scopes = question.target.environment, question.runbook.safety.scopes
    reasons = []
    if scopes is not None and environment not in scopes:
        allowed = ", ".join(scopes) or "no environment"
        reasons.append(f"{question.runbook.id} may run in {allowed} only, not in {environment}.")
    channels = policy.environment(environment).channels
    if channels and not _any_matches(question.conversation.channel, channels):
        reasons.append(f"{environment} may be touched from {', '.join(channels)} only.")
    return reasons


def _how_many(policy: Policy, question: Question) -> list[str]:
    count, environment = len(question.target.hosts), question.target.environment
    reasons = []
    own = question.runbook.safety.max_hosts
    if own is not None and count > own:
        reasons.append(f"{question.runbook.id} may touch {own} hosts at most, and this is {count}. Narrow the limit.")
    limit = _bound(policy.environment(environment).max_hosts, question.environment_hosts)
    if limit is not None and count > limit:
        reasons.append(f"A run in {environment} may touch {limit} hosts at most; this is {count}. Narrow the limit.")
    return reasons


def _how_soon(question: Question) -> list[str]:
    cooldown = question.runbook.safety.cooldown
    if cooldown is None or question.check:
        return []
    touched = {host for run in question.recent if not run.plan.options.check for host in run.plan.target.hosts}
    again = [host for host in question.target.hosts if host in touched]
    if not again:
        return []
    return [f"{question.runbook.id} ran on {some(again, 5)} less than {duration(cooldown)} ago. Wait a while."]


def _bound(max_hosts: int | str | None, of: int) -> int | None:
    """A number as it is; a share of the environment's hosts, rounded down but never below one."""
    if isinstance(max_hosts, str):
        return max(1, of * int(max_hosts[:-1]) // 100)
    return max_hosts


def _needs_approval(policy: Policy, question: Question) -> list[str]:
    environment = question.target.environment
    reasons = []
    if question.runbook.safety.requires_approval:
        reasons.append(f"{question.runbook.id} requires an approval.")
    if policy.environment(environment).approvals:
        reasons.append(f"Every run in {environment} requires an approval.")
    return reasons
