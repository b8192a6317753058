"""What is asked first: the guards that want an approval by others, or a confirmation by the asker."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.guards.decide_who import unattended
from bot.guards.matching import any_matches, touches
from bot.guards.policy import Policy
from bot.guards.question import Question
from bot.model.decision import Approval, Confirmation, Reason, Verdict
from bot.model.safety import ApprovalWhen

NOBODY_CAN = "Without a signalbox.yml nobody can give it. Write one with a role that may `approve: true`."


def approval(policy: Policy, question: Question) -> list[Reason]:
    """The runbook, the environment, or that nobody asked in person, may each want others to say yes."""
    own, environment = question.runbook.safety.approvals, question.target.environment
    there = policy.environment(environment).approvals
    asks = []
    if why := _runbook_wants(question):
        asks.append(_asks(question, why, own.count, exclude_requester=own.exclude_requester))
    if there:
        count = max(there, own.count)
        asks.append(_asks(question, f"Every run in {environment} requires {_approvals(count)}.", count))
    if unattended(question):
        asks += [_asks(question, why, own.count) for why in _instead_of_a_person(policy, question)]
    if not policy.written:
        asks = [replace(ask, verdict=Verdict.DENY, text=f"{ask.text} {NOBODY_CAN}", takes=None) for ask in asks]
    return asks or [Reason(guard="approval", verdict=Verdict.ALLOW, text="No approval is needed.")]


def confirmation(_policy: Policy, question: Question) -> list[Reason]:
    """The asker may have to say yes again; a check changes nothing, and is not asked about."""
    confirm, target = question.runbook.safety.confirm, question.target
    if confirm is None:
        return [Reason(guard="confirmation", verdict=Verdict.ALLOW, text="No confirmation is needed.")]
    if question.check or unattended(question):
        why = "A check needs no confirmation." if question.check else "Nobody asks who could confirm it."
        return [Reason(guard="confirmation", verdict=Verdict.ALLOW, text=why)]
    count = len(target.hosts)
    ours = f"Run {question.runbook.id} on {count} host{'s' if count != 1 else ''} in {target.environment}?"
    takes = Confirmation(message=confirm.message or ours, timeout=confirm.timeout)
    text = f"{question.runbook.id} has to be confirmed: {takes.message}"
    return [Reason(guard="confirmation", verdict=Verdict.ASK, text=text, takes=takes)]


def stricter(approvals: list[Approval]) -> Approval | None:
    """One approval that is enough for all of them: most people, shortest time, without the asker if any says so."""
    if not approvals:
        return None
    return Approval(
        count=max(each.count for each in approvals),
        roles=approvals[0].roles,  # only the runbook names roles, so all have the same
        exclude_requester=any(each.exclude_requester for each in approvals),
        expires=min(each.expires for each in approvals),
    )


def _asks(question: Question, why: str, count: int, *, exclude_requester: bool = True) -> Reason:
    own = question.runbook.safety.approvals
    takes = Approval(count=count, roles=own.roles, exclude_requester=exclude_requester, expires=own.expires)
    return Reason(guard="approval", verdict=Verdict.ASK, text=why, takes=takes)


def _instead_of_a_person(policy: Policy, question: Question) -> list[str]:
    """Why others have to say yes to what nobody asks for in person."""
    name, environment = question.runbook.id, question.target.environment
    why = [f"{environment} is protected: what no person asks for needs an approval."]
    why = why if policy.protected(environment) else []
    if question.runbook.safety.confirm is None or question.check:
        return why
    return [*why, f"{name} has to be confirmed; where no person asks, it needs an approval."]


def _runbook_wants(question: Question) -> str:
    """The sentence of a runbook that wants an approval for this; empty when it wants none."""
    wants, name = question.runbook.safety.requires_approval, question.runbook.id
    needs = f"{name} requires {_approvals(question.runbook.safety.approvals.count)}"
    if isinstance(wants, ApprovalWhen):
        met = _met(wants, question)
        return f"{needs}{' and '.join(met)}." if met else ""
    return f"{needs}." if wants else ""


def _met(when: ApprovalWhen, question: Question) -> list[str]:
    """The conditions that fit, as they are said after the runbook's sentence."""
    environment = question.target.environment
    met = [f" in {environment}"] if any_matches(environment, when.environments) else []
    if when.hosts_over is not None and len(question.target.hosts) > when.hosts_over:
        met.append(f" on more than {when.hosts_over} hosts")
    return met + [f" with this value of {name}" for name in when.parameters if _has(when.parameters, name, question)]


def _has(parameters: Mapping[str, tuple[Any, ...]], name: str, question: Question) -> bool:
    use = question.access.use
    return use is not None and touches({name: parameters[name]}, use)


def _approvals(count: int) -> str:
    return "an approval" if count == 1 else f"{count} approvals"
