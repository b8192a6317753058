"""Who may lock, freeze, release, and act on incidents: somebody and a place enter, the Decision leaves."""

from bot.guards.decide_who import NO_POLICY, no_role, roles_of
from bot.guards.matching import any_matches
from bot.guards.policy import Policy
from bot.guards.policy_roles import Denial, Grant, Role
from bot.model.decision import Decision, Reason, Verdict
from bot.model.people import Actor


def may_hold(
    policy: Policy, actor: Actor, groups: tuple[str, ...], channel: str, environment: str | None, *, lead: bool = False
) -> Decision:
    """Whether somebody may hold runs back in an environment, or in all of them when it is None.

    `lead`: what others hold is to be taken off, which takes a grant that may approve.
    """
    return _decision(_why_not(policy, actor, groups, channel, environment, lead=lead))


def may_attend(policy: Policy, actor: Actor, groups: tuple[str, ...], channel: str) -> Decision:
    """Whether somebody may act on incidents, which are in no environment: who may run anything from there for real."""
    text = _why_no_person(policy, actor)
    if not text and policy.written:
        held = [role for _, role in roles_of(policy, actor, groups)]
        text = _cannot_run(held, str(actor), channel) if held else no_role(str(actor))
    return _decision(text)


def _decision(text: str) -> Decision:
    if not text:
        return Decision(verdict=Verdict.ALLOW)
    return Decision(verdict=Verdict.DENY, reasons=(Reason(guard="roles", verdict=Verdict.DENY, text=text),))


def _cannot_run(held: list[Role], actor: str, channel: str) -> str:
    if any(_denies(denial, channel, None) for role in held for denial in role.may_not):
        return f"A role of {actor} may run nothing from here."
    grants = [grant for role in held for grant in role.may if any_matches(channel, grant.channels)]
    if any(grant.runbooks and grant.environments and grant.check is None for grant in grants):
        return ""
    return f"No role of {actor} grants anything from here, so it may only look."


def _why_no_person(policy: Policy, actor: Actor) -> str:
    if not actor.is_person:
        return "Only a person may do that."
    return NO_POLICY if not policy.written and actor.transport != "terminal" else ""


def _why_not(
    policy: Policy, actor: Actor, groups: tuple[str, ...], channel: str, environment: str | None, *, lead: bool
) -> str:
    if (text := _why_no_person(policy, actor)) or not policy.written:
        return text
    held = [role for _, role in roles_of(policy, actor, groups)]
    return _not_granted(held, str(actor), channel, environment, lead=lead) if held else no_role(str(actor))


def _not_granted(held: list[Role], actor: str, channel: str, environment: str | None, *, lead: bool) -> str:
    where = environment or "every environment"
    if any(_denies(denial, channel, environment) for role in held for denial in role.may_not):
        return f"A role of {actor} may run nothing in {where}."
    grants = [grant for role in held for grant in role.may if _reaches(grant, channel, environment)]
    if not any(grant.check is None for grant in grants):
        return f"No role of {actor} grants anything in {where} from here."
    if lead and not any(grant.approve for grant in grants):
        return f"It takes a grant with `approve: true` in {where} to take off what somebody else has set."
    return ""


def _reaches(part: Grant | Denial, channel: str, environment: str | None) -> bool:
    names = "*" in part.environments if environment is None else any_matches(environment, part.environments)
    return names and any_matches(channel, part.channels)


def _denies(denial: Denial, channel: str, environment: str | None) -> bool:
    """Whether nothing at all may be run there."""
    narrow = denial.parameters or denial.check or denial.limit or "*" not in denial.runbooks
    return not narrow and _reaches(denial, channel, environment)
