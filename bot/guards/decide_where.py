"""Where and when: the guards that look at the environment, the conversation and the clock."""

from bot.guards.decide_stop import frozen
from bot.guards.matching import any_matches
from bot.guards.policy import Policy
from bot.guards.policy_freeze import Freeze
from bot.guards.question import Question
from bot.model.decision import Reason, Verdict


def scopes(_policy: Policy, question: Question) -> list[Reason]:
    """A runbook stays in the environments that its file names, and to which its present content was promoted."""
    environment, named = question.target.environment, question.runbook.safety.scopes
    if named is None:
        return [_scopes(Verdict.ALLOW, f"{question.runbook.id} names no environments: it may run in any.")]
    if environment in named:
        return [_scopes(Verdict.ALLOW, f"{question.runbook.id} may run in {environment}.")]
    promotion = question.promotion
    if promotion is not None and promotion.content_hash == question.content_hash:
        by = f"was promoted to {environment} by {promotion.actor}, because {promotion.evidence}"
        return [_scopes(Verdict.ALLOW, f"{question.runbook.id} {by}.")]
    allowed = ", ".join(named) or "no environment"
    what = f"{question.runbook.id} may run in {allowed} only, not in {environment}."
    return [_scopes(Verdict.DENY, f"{what} {_missing(question)}")]


def _missing(question: Question) -> str:
    """What a run in another environment takes."""
    name, environment, promotion = question.runbook.id, question.target.environment, question.promotion
    if promotion is None:
        return f"It takes a promotion: `promote {name} to {environment} because …`."
    then, now = promotion.content_hash[:8], question.content_hash[:8]
    return f"{promotion.actor} promoted it as content {then}, and it has changed since (to {now}). Promote it anew."


def channels(policy: Policy, question: Question) -> list[Reason]:
    """An environment is touched from its own channels."""
    environment = question.target.environment
    allowed = policy.environment(environment).channels
    if not allowed:
        return [_channels(Verdict.ALLOW, f"{environment} may be touched from any channel.")]
    if any_matches(question.conversation.channel, allowed):
        return [_channels(Verdict.ALLOW, f"{environment} may be touched from here.")]
    return [_channels(Verdict.DENY, f"{environment} may be touched from {', '.join(allowed)} only.")]


def freeze(policy: Policy, question: Question) -> list[Reason]:
    """Nothing runs in a freeze: in one that people have begun, nothing at all; in a window, only exceptions."""
    if begun := frozen(question):
        return [_freeze(Verdict.DENY, text) for text in begun]
    environment = question.target.environment
    windows = policy.environment(environment).freeze
    closed = [(window, until) for window in windows if (until := window.ends(question.now)) is not None]
    held = [(window, until) for window, until in closed if not _excepted(window, question)]
    if not closed:
        return [_freeze(Verdict.ALLOW, f"{environment} is not frozen now.")]
    if not held:
        return [_freeze(Verdict.ALLOW, f"{environment} is frozen, with an exception for this.")]
    why = "; ".join(window.reason for window, _ in held if window.reason)
    until = max(until for _, until in held)
    said = f"{environment} is frozen until {until:%Y-%m-%d %H:%M} ({until.tzinfo})"
    return [_freeze(Verdict.DENY, f"{said}: {why}." if why else f"{said}.")]


def _excepted(window: Freeze, question: Question) -> bool:
    return any_matches(question.runbook.id, window.exceptions.runbooks) or any_matches(
        str(question.actor), window.exceptions.actors
    )


def _scopes(verdict: Verdict, text: str) -> Reason:
    return Reason(guard="scopes", verdict=verdict, text=text)


def _channels(verdict: Verdict, text: str) -> Reason:
    return Reason(guard="channels", verdict=verdict, text=text)


def _freeze(verdict: Verdict, text: str) -> Reason:
    return Reason(guard="freeze", verdict=verdict, text=text)
