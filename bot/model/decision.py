"""What the guards say to a plan: allow, ask or deny, each with its reasons."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The answer in one word; the worst one of all guards counts."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict and one sentence for each reason."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
