"""What the guards say to a plan: allow, ask or deny, each guard with its reason, and what it takes when they ask."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The answer in one word; the worst one of all guards counts."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """The asker has to say yes to `message` within `timeout` seconds."""

    message: str
    timeout: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """`count` others have to say yes within `expires` seconds; of these `roles` when there are any.

    `exclude_requester`: who asked is not among them.
    """

    count: int
    roles: tuple[str, ...] = ()
    exclude_requester: bool = True
    expires: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One answer of one guard, as a sentence that may be shown; `takes` is what would turn asking into allowing."""

    guard: str
    verdict: Verdict
    text: str
    takes: Confirmation | Approval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict with every reason for it; `confirmation` and `approval` are what it takes when the guards ask."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    confirmation: Confirmation | None = None
    approval: Approval | None = None

    @property
    def text(self) -> str:
        """All reasons, one sentence after the other."""
        return " ".join(reason.text for reason in self.reasons)

    @property
    def guards(self) -> tuple[str, ...]:
        """The guards whose reasons these are, each once."""
        return tuple(dict.fromkeys(reason.guard for reason in self.reasons))
