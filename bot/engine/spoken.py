"""Lines that Ansible wrote outside of events enter; whole warnings and errors leave, without the lines they quote."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_START = re.compile(r"^\[(ERROR|WARNING|DEPRECATION WARNING)\]:\s*(.*)$|^(ERROR)!\s*(.*)$")
_ORIGIN = re.compile(r"^Origin: (?P<file>.+?)(?::(?P<line>\d+)(?::\d+)?)?$")
_OLD_ORIGIN = re.compile(r"^The error appears to be in '(?P<file>[^']+)': line (?P<line>\d+)")
_ENDS = (
    "<<< caused by >>>",
    "the full traceback was",
    "Traceback (most recent call last)",
    "To see the full traceback",
)
_KINDS = {"ERROR": "error", "WARNING": "warning", "DEPRECATION WARNING": "deprecated"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One warning or error: `kind` is error, warning or deprecated; `file` and `line` where it comes from, if said."""

    kind: str
    text: str
    file: str = ""
    line: int | None = None


def spoken(lines: Iterable[str]) -> list[Spoken]:
    """The warnings and errors in `lines` (cleaned); the excerpts of files that follow them are left out."""
    groups: list[list[str]] = []
    for line in lines:
        if _START.match(line):
            groups.append([line])
        elif groups:
            groups[-1].append(line)
    return [_one(group) for group in groups]


def begins(line: str) -> bool:
    """Whether a warning or error begins with this line."""
    return bool(_START.match(line))


def _one(group: list[str]) -> Spoken:
    match = _START.match(group[0])
    if match is None:
        raise ValueError("a group begins with its warning or error")
    kind = _KINDS[match.group(1) or match.group(3)]
    said = [match.group(2) if match.group(1) else match.group(4)]
    for line in group[1:]:
        if not line.strip() or line.startswith(_ENDS) or _ORIGIN.match(line) or _OLD_ORIGIN.match(line):
            break
        said.append(line)
    origin = next((found for line in group if (found := _ORIGIN.match(line) or _OLD_ORIGIN.match(line))), None)
    return Spoken(
        kind=kind,
        text=" ".join(" ".join(said).split()),
        file=origin["file"] if origin else "",
        line=int(origin["line"]) if origin and origin["line"] else None,
    )
