"""What a rehearsal of a command came to."""

from dataclasses import dataclass

from bot.model.decision import Verdict
from bot.model.explanation import Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """`verdict` is allow when it would be done, ask when something is asked first, deny when it would be refused.

    `text` says so in words; `explanation` is there when the command starts a run and its target is clear.
    """

    verdict: Verdict
    text: str
    explanation: Explanation | None = None
