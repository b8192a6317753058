"""What would become of alerts: how they are grouped, what every rule says, what would be done; nothing of it is."""

from dataclasses import dataclass

from bot.model.decision import Verdict
from bot.model.explanation import Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTold:
    """One rule, whether it matched, and why or why not, a sentence each; `line` is from 1."""

    ruleset: str
    rule: str
    file: str
    line: int
    matched: bool
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WouldDo:
    """One action of a rule that matched.

    `actor` is who would ask for it. `verdict` is allow when it would be done by itself, ask when people would be asked
    or offered it, deny when it would be refused; `text` says so. `explanation` is there when it is about a run.
    """

    actor: str
    action: str
    verdict: Verdict
    text: str
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTold:
    """One alert: `effect` on incidents with the sentence for it, what the rules say, what they want."""

    title: str
    service: str
    symptom: str
    host: str
    severity: str
    status: str
    effect: str
    grouping: str
    rules: tuple[RuleTold, ...] = ()
    would: tuple[WouldDo, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """`verdict`: deny when anything would be refused, else ask when anything is left to people, else allow."""

    verdict: Verdict
    text: str
    alerts: tuple[AlertTold, ...]
