"""What somebody, or too much going wrong, has stopped: the guards that look at locks, freezes and brakes."""

from collections.abc import Iterable

from bot.guards.decide_who import unattended
from bot.guards.policy import Policy
from bot.guards.question import Question
from bot.model.decision import Reason, Verdict
from bot.model.stop import Stop, StopKind


def lock(_policy: Policy, question: Question) -> list[Reason]:
    """What one person has locked is theirs alone."""
    if question.stops is None:
        return [_lock(Verdict.ALLOW, "What is locked is unknown.")]
    held = list(_of(StopKind.LOCK, question, question.target.hosts))
    if foreign := [stop for stop in held if stop.actor != str(question.actor)]:
        return [_lock(Verdict.DENY, f"{stop.text}. Ask them, or wait.") for stop in foreign]
    mine = "What this touches is locked by who asks." if held else "Nothing of it is locked."
    return [_lock(Verdict.ALLOW, mine)]


def brake(_policy: Policy, question: Question) -> list[Reason]:
    """Where a brake holds, nothing starts that no person asks for."""
    if question.stops is None:
        return [_brake(Verdict.ALLOW, "Whether automation is stopped is unknown.")]
    held = list(_of(StopKind.BRAKE, question))
    if not held:
        return [_brake(Verdict.ALLOW, f"Automation in {question.target.environment} is not stopped.")]
    if not unattended(question):
        return [_brake(Verdict.ALLOW, f"Automation in {question.target.environment} is stopped; a person asks.")]
    remedy = f"`release {question.target.environment} because …` lets it go on."
    return [_brake(Verdict.DENY, f"{stop.text}. {remedy}") for stop in held]


def frozen(question: Question) -> list[str]:
    """What the guard `freeze` says of those that people have begun."""
    return [f"{stop.text}." for stop in _of(StopKind.FREEZE, question)]


def _of(kind: StopKind, question: Question, hosts: Iterable[str] = ()) -> Iterable[Stop]:
    environment = question.target.environment
    return (stop for stop in question.stops or () if stop.kind is kind and stop.covers(environment, hosts))


def _lock(verdict: Verdict, text: str) -> Reason:
    return Reason(guard="lock", verdict=verdict, text=text)


def _brake(verdict: Verdict, text: str) -> Reason:
    return Reason(guard="brake", verdict=verdict, text=text)
