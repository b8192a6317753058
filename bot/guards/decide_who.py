"""Who may: the guards that look at the asker and the roles of the policy."""

from typing import Literal

from bot.guards.matching import any_matches, is_member, outside, touches
from bot.guards.policy import Policy
from bot.guards.policy_roles import Denial, Grant, Role
from bot.guards.question import Access, Question
from bot.model.decision import Reason, Verdict
from bot.model.people import UNATTENDED, Actor

NO_POLICY = "There is no signalbox.yml yet. Write one with `roles:`, so that people in chat may run things."
Right = Literal["approve", "promote", "break_glass"]


def roles(policy: Policy, question: Question) -> list[Reason]:
    """Deny by default: with a policy some grant must hold and no denial may; without one the terminal is trusted."""
    return [judge(policy, question.access)]


def automation(_policy: Policy, question: Question) -> list[Reason]:
    """What nobody asks for in person must be declared safe."""
    if not unattended(question):
        return [_automation(Verdict.ALLOW, "A person asks.")]
    name = question.runbook.id
    if not question.runbook.safety.automation_safe:
        remedy = "Its file has to say `automation: safe`."
        return [_automation(Verdict.DENY, f"{name} may be started by people only. {remedy}")]
    return [_automation(Verdict.ALLOW, f"{name} may be started without a person.")]


def unattended(question: Question) -> bool:
    """Whether no person asks: a rule, a schedule, a workflow."""
    return not question.actor.is_person or question.origin in UNATTENDED


def judge(policy: Policy, access: Access) -> Reason:
    """What the roles say to an access, in one sentence."""
    if not policy.written:
        return _without_policy(policy, access)
    held = roles_of(policy, access.actor, access.groups)
    if denied := [name for name, role in held if any(denies(denial, access) for denial in role.may_not)]:
        what = f"The role {denied[0]} may not run {access.runbook} in {access.environment} this way."
        return _role(Verdict.DENY, what)
    if granting := [name for name, role in held if any(covers(grant, access) for grant in role.may)]:
        return _role(Verdict.ALLOW, f"The role {granting[0]} grants {access.runbook} in {access.environment}.")
    return _role(Verdict.DENY, _why_not(held, access))


def has_right(policy: Policy, access: Access, right: Right) -> bool:
    """Whether a role gives somebody a right over an access, such as to approve it; a denial takes it away too."""
    held = [role for _, role in roles_of(policy, access.actor, access.groups)]
    if any(denies(denial, access) for role in held for denial in role.may_not):
        return False
    return any(getattr(grant, right) and covers(grant, access) for role in held for grant in role.may)


def roles_of(policy: Policy, actor: Actor, groups: tuple[str, ...]) -> list[tuple[str, Role]]:
    """The roles of somebody, by name."""
    return [each for each in policy.roles.items() if is_member(actor, groups, each[1].members)]


def covers(grant: Grant, access: Access) -> bool:
    """Whether a grant holds for an access, its conditions included."""
    return reaches(grant, access) and not unmet(grant, access)


def reaches(part: Grant | Denial, access: Access) -> bool:
    """Whether runbook, environment and channel fit."""
    return (
        any_matches(access.runbook, part.runbooks)
        and any_matches(access.environment, part.environments)
        and _from_there(part, access.channel)
    )


def unmet(grant: Grant, access: Access) -> list[str]:
    """What a grant wants besides, as it is said after `only`."""
    use = access.use
    if use is None:
        return []
    wants = [f"with other values of {name}" for name in outside(grant.parameters, use)]
    wants += ["with --check"] if grant.check and not use.check else []
    return wants + (["with a limit that leaves hosts out"] if grant.limit and not use.limited else [])


def denies(denial: Denial, access: Access) -> bool:
    """Whether a denial holds; where the use is open, only one that holds for every use."""
    if not reaches(denial, access):
        return False
    use = access.use
    if use is None:
        return not denial.parameters and denial.check is None and denial.limit is None
    return touches(denial.parameters, use) and not (denial.check and use.check) and not (denial.limit and use.limited)


def no_role(access_name: str) -> str:
    """The sentence for somebody whom the policy does not know."""
    return f"{access_name} has no role in signalbox.yml. Add it to the `members` of one."


def _from_there(part: Grant | Denial, channel: str | None) -> bool:
    """A channel that is not known yet may be one that is granted; it is denied only where all are."""
    if channel is None:
        return isinstance(part, Grant) or any_matches("", part.channels)
    return any_matches(channel, part.channels)


def _why_not(held: list[tuple[str, Role]], access: Access) -> str:
    grants = [grant for _, role in held for grant in role.may]
    if not grants:
        return no_role(str(access.actor))
    near = dict.fromkeys(" and ".join(unmet(grant, access)) for grant in grants if reaches(grant, access))
    if near:
        return f"{access.actor} may run {access.runbook} in {access.environment} only {', or '.join(near)}."
    return f"No role of {access.actor} grants {access.runbook} in {access.environment} from here."


def _without_policy(policy: Policy, access: Access) -> Reason:
    name = access.environment
    if access.actor.transport != "terminal":
        return _role(Verdict.DENY, NO_POLICY)
    if policy.protected(name):
        what = f"{name} is protected, and there is no signalbox.yml that says who may run what there. Write one."
        return _role(Verdict.DENY, what)
    return _role(Verdict.ALLOW, f"Without a signalbox.yml the terminal may, where nothing is protected, as in {name}.")


def _role(verdict: Verdict, text: str) -> Reason:
    return Reason(guard="roles", verdict=verdict, text=text)


def _automation(verdict: Verdict, text: str) -> Reason:
    return Reason(guard="automation", verdict=verdict, text=text)
