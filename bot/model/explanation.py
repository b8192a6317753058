"""Why something would be done or not: how a command is understood, what every guard says, what would be queued."""

from dataclasses import dataclass

from bot.model.decision import Decision, Reason
from bot.model.run import Plan, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`command` is canonical and without secrets; `answers` are those of every guard, `decision` what they come to.

    `plan` is None when nothing would be queued: the guards deny it, or `problem` says what is wrong with the values.
    `secrets` are the names that would be asked for. `unknown` says what could not be looked at.
    """

    command: str
    target: Target
    answers: tuple[Reason, ...]
    decision: Decision
    plan: Plan | None = None
    problem: str = ""
    secrets: tuple[str, ...] = ()
    unknown: str = ""
