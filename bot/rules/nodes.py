"""A condition understood: small frozen nodes, each one form of the language."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A number, text, true, false or null, as written."""

    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """`root` is event, events, fact, facts or vars; a key is a name, or a place in a list."""

    root: str
    keys: tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list of values."""

    parts: tuple["Value", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Two numbers, added or (`minus`) the second taken from the first."""

    left: "Value"
    right: "Value"
    minus: bool


Value = Literal | Path | Items | Sum


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """`operator` is one of those in `operators.COMPARISONS`."""

    operator: str
    left: Value
    right: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Defined:
    """Whether there is something at a path, or (`negated`) nothing."""

    path: Path
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A regular expression looked for in a text: `kind` is match, search or regex, `flags` are those of `re`."""

    value: Value
    kind: str
    pattern: str
    flags: int
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """Whether some item of a list, or its `key`, satisfies a test, or (`negated`) does not.

    `wanted` of match, search and regex is a pattern: written there, or a variable.
    """

    value: Value
    key: str | None
    operator: str
    wanted: Value
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A value that stands alone: it has to be `true` itself."""

    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The opposite."""

    part: "Test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """All of them."""

    parts: tuple["Test", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Either:
    """One of them at least."""

    parts: tuple["Test", ...]


Test = Compare | Defined | Search | Select | Truth | Not | Both | Either
Node = Value | Test


def below(node: Node) -> Iterator[Node]:
    """The node, and all that it is made of."""
    yield node
    for part in _parts(node):
        yield from below(part)


def paths(node: Node) -> Iterator[Path]:
    """Every path that is looked up."""
    return (part for part in below(node) if isinstance(part, Path))


def _parts(node: Node) -> tuple[Node, ...]:  # noqa: PLR0911 (one line a form)
    match node:
        case Items(parts=parts) | Both(parts=parts) | Either(parts=parts):
            return parts
        case Sum(left=left, right=right) | Compare(left=left, right=right):
            return (left, right)
        case Defined(path=path):
            return (path,)
        case Search(value=value) | Truth(value=value):
            return (value,)
        case Select(value=value, wanted=wanted):
            return (value, wanted)
        case Not(part=part):
            return (part,)
    return ()
