"""The guards together: a policy and a Question enter; every guard's answer, and the Decision of all, leave."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.guards.decide_ask import approval, confirmation, stricter
from bot.guards.decide_much import concurrency, cooldown, max_concurrent, max_hosts
from bot.guards.decide_stop import brake, lock
from bot.guards.decide_where import channels, freeze, scopes
from bot.guards.decide_who import NO_POLICY, automation, judge, no_role, roles
from bot.guards.matching import is_member
from bot.guards.policy import Policy
from bot.guards.question import Access, Question
from bot.model.decision import Approval, Confirmation, Decision, Reason, Verdict
from bot.model.people import Actor
from bot.model.request import Consent

Guard = Callable[[Policy, Question], list[Reason]]
"""Answers with at least one Reason, named as the guard; one that has nothing against it says so."""

GUARDS: tuple[Guard, ...] = (
    roles,
    automation,
    scopes,
    channels,
    freeze,
    lock,
    brake,
    max_hosts,
    max_concurrent,
    concurrency,
    cooldown,
    approval,
    confirmation,
)
"""Every guard, in the order in which their answers are told."""


def decide(policy: Policy, question: Question) -> Decision:
    """Deny when any guard denies, else ask when any asks, else allow; with every reason for it."""
    return settle(explain(policy, question))


def explain(policy: Policy, question: Question) -> tuple[Reason, ...]:
    """What every guard says, also those that have nothing against it."""
    return tuple(reason for guard in GUARDS for reason in guard(policy, question))


def settle(answers: Sequence[Reason]) -> Decision:
    """The worst answer counts: only its reasons are told, and nothing is asked of somebody who is denied."""
    denials = tuple(answer for answer in answers if answer.verdict is Verdict.DENY)
    if denials:
        return Decision(verdict=Verdict.DENY, reasons=denials)
    asks = tuple(answer for answer in answers if answer.verdict is Verdict.ASK)
    if not asks:
        return Decision(verdict=Verdict.ALLOW)
    taken = [ask.takes for ask in asks]
    return Decision(
        verdict=Verdict.ASK,
        reasons=asks,
        confirmation=next((each for each in taken if isinstance(each, Confirmation)), None),
        approval=stricter([each for each in taken if isinstance(each, Approval)]),
    )


def with_consent(decision: Decision, consent: Consent) -> Decision:
    """The decision after what people have said to it: what is no longer to be asked is allowed; a denial stays."""
    if decision.verdict is not Verdict.ASK:
        return decision
    confirmation = None if consent.confirmed else decision.confirmation
    skipped = consent.broke_glass or consent.check_first
    enough = decision.approval is None or skipped or consent.approvals >= decision.approval.count
    approval = None if enough else decision.approval
    if confirmation is None and approval is None:
        return Decision(verdict=Verdict.ALLOW)
    left = tuple(reason for reason in decision.reasons if _open(reason, confirmation, approval))
    return replace(decision, reasons=left, confirmation=confirmation, approval=approval)


def may_touch(policy: Policy, access: Access) -> Decision:
    """Whether somebody may act on a run of a runbook in an environment, as on one of their own: cancel it."""
    return settle([judge(policy, access)])


def may_ask(policy: Policy, actor: Actor, groups: tuple[str, ...]) -> Decision:
    """Whether somebody may be told what there is and what runs; help is for everyone."""
    if policy.written:
        known = any(is_member(actor, groups, role.members) for role in policy.roles.values())
        text = "" if known else no_role(str(actor))
    else:
        text = "" if actor.transport == "terminal" else NO_POLICY
    return settle([Reason(guard="roles", verdict=Verdict.DENY, text=text)] if text else [])


def _open(reason: Reason, confirmation: Confirmation | None, approval: Approval | None) -> bool:
    return confirmation is not None if isinstance(reason.takes, Confirmation) else approval is not None
