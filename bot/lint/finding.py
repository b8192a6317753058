"""What lint has to say: one Finding for each thing that is not as it should be."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is: an error goes wrong, or lets somebody do harm; a warning will one day."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One thing found: file relative to the project, line from 1, the rule's id, what is wrong, what would be right."""

    file: str
    line: int
    rule: str
    severity: Severity
    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """What a rule returns: a Finding that does not know its rule yet."""

    file: str
    line: int
    what: str
    remedy: str


def shown(text: object, limit: int = 60) -> str:
    """`text` as it may stand in a sentence: one line, printable, at most `limit` characters."""
    clean = "".join(character if character.isprintable() else "?" for character in str(text)[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
