"""The text of a condition enters, its nodes leave: what it asks for, how its match is called, where it is ambiguous."""

import re
from dataclasses import dataclass
from typing import Any

from lark import Token

from bot.rules import nodes
from bot.rules.grammar import Branch, Wrong, tree
from bot.rules.operators import COMPARISONS, SEARCHES

ROOTS = ("event", "events", "fact", "facts", "vars")
_SELECTS = frozenset({*COMPARISONS, *SEARCHES})
_ESCAPED = re.compile(r"\\([\"'nrtf])")
_MEANT = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}
_OPTIONS = {"ignorecase": re.IGNORECASE, "multiline": re.MULTILINE, "dotall": re.DOTALL}
_WORDS = {"within": "in", "not_within": "not in", "contains": "contains", "not_contains": "not contains"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """`test` is what is asked. `name` is what the match is called with `events.name <<`, empty without.

    `ambiguous` when Event-Driven Ansible, in which `and` and `or` bind alike, would read it in another way.
    """

    test: nodes.Test
    name: str = ""
    ambiguous: bool = False

    @property
    def roots(self) -> frozenset[str]:
        """What it looks at."""
        return frozenset(path.root for path in nodes.paths(self.test))


def parse(text: str) -> Parsed:
    """The nodes of a condition; Wrong when it is none."""
    branch = tree(text)
    name = ""
    if len(branch.children) > 1:
        name = _name(branch.children[0])
    return Parsed(test=_test(branch.children[-1]), name=name, ambiguous=_ambiguous(branch))


def parse_path(text: str) -> nodes.Path:
    """A path alone, as in `group_by_attributes`; Wrong when it is none."""
    branch = tree(text, "value")
    if len(branch.children) != 1:
        raise Wrong("It is no path.", "Write a path such as event.alert.labels.host.")
    return path_of(branch.children[0])


def _name(branch: Any) -> str:
    root, attribute = (str(leaf) for leaf in branch.children)
    if root not in ("events", "facts"):
        raise Wrong(f"{root} cannot be assigned to.", "Write events.first << event.i == 1.")
    return attribute[1:].strip()


def _ambiguous(branch: Branch) -> bool:
    """An `and` after an `or` without brackets: read from left to right it would take the `or` with it."""
    for found in branch.find_data("or_"):
        parts = [part for part in found.children if not isinstance(part, Token)]
        if any(part.data == "and_" for part in parts[1:]):
            return True
    return False


def _test(branch: Any) -> nodes.Test:  # noqa: PLR0911 (one line a form)
    parts = [part for part in branch.children if not isinstance(part, Token)]
    data = str(branch.data)
    match data:
        case "or_":
            return nodes.Either(parts=tuple(map(_test, parts)))
        case "and_":
            return nodes.Both(parts=tuple(map(_test, parts)))
        case "negation":
            return nodes.Not(part=_test(parts[0]))
        case "parenthesis":
            return _test(parts[0])
        case "comparison":
            operator = next(str(leaf) for leaf in branch.children if isinstance(leaf, Token))
            return nodes.Compare(operator=operator, left=value_of(parts[0]), right=value_of(parts[1]))
        case "within" | "not_within" | "contains" | "not_contains":
            return nodes.Compare(operator=_WORDS[data], left=value_of(parts[0]), right=value_of(parts[1]))
        case "defined" | "undefined":
            return nodes.Defined(path=_only_path(parts[0]), negated=data == "undefined")
        case "searched" | "not_searched":
            return _search(value_of(parts[0]), parts[1], negated=data == "not_searched")
        case "selected" | "not_selected":
            return _select(value_of(parts[0]), parts[1], negated=data == "not_selected")
    return nodes.Truth(value=value_of(branch))


def _only_path(branch: Any) -> nodes.Path:
    if branch.data != "path":
        raise Wrong("Only a path can be defined or not.", "Write event.name is defined.")
    return path_of(branch)


def _search(value: nodes.Value, branch: Any, *, negated: bool) -> nodes.Search:
    kind, text, *options = branch.children
    pattern, flags = _text(text), 0
    check_pattern(pattern)
    for name, wanted in (option.children for option in options):
        if name not in _OPTIONS:
            raise Wrong(f"There is no option {name[:60]}.", f"Write one of {', '.join(_OPTIONS)}, with =true.")
        flags |= int(_OPTIONS[name]) if wanted.lower() == "true" else 0
    return nodes.Search(value=value, kind=str(kind), pattern=pattern, flags=flags, negated=negated)


def check_pattern(pattern: str) -> None:
    """Wrong when it is no regular expression."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        raise Wrong(f"{pattern[:60]!r} is no regular expression.", "See that its brackets are closed.") from None


def _select(value: nodes.Value, branch: Any, *, negated: bool) -> nodes.Select:
    parts = [part for part in branch.children if not isinstance(part, Token)]
    *texts, last = parts
    key = _text(texts[0]) if len(texts) > 1 else None
    operator, wanted = _text(texts[-1]), value_of(last)
    if operator not in _SELECTS:
        raise Wrong(f"There is no test {operator[:60]!r}.", f"Write one of {', '.join(sorted(_SELECTS))}.")
    if operator in SEARCHES:
        _check_wanted(operator, wanted)
    return nodes.Select(value=value, key=key, operator=operator, wanted=wanted, negated=negated)


def _check_wanted(operator: str, wanted: nodes.Value) -> None:
    """A pattern is the author's, or a variable: one that an event brought could take time without end."""
    if isinstance(wanted, nodes.Literal) and isinstance(wanted.value, str):
        check_pattern(wanted.value)
    elif not isinstance(wanted, nodes.Path) or wanted.root != "vars":
        raise Wrong(f"The test {operator} takes a pattern.", "Write it in quotes, or name a variable: vars.pattern.")


def value_of(branch: Any) -> nodes.Value:  # noqa: PLR0911 (one line a form)
    """The value that a branch of the tree stands for."""
    match branch.data:
        case "path":
            return path_of(branch)
        case "text":
            return nodes.Literal(value=_text(branch))
        case "number":
            return nodes.Literal(value=_number(branch))
        case "boolean":
            return nodes.Literal(value=str(branch.children[0]).lower() == "true")
        case "null":
            return nodes.Literal(value=None)
        case "list":
            return nodes.Items(parts=tuple(value_of(part) for part in branch.children))
        case "plus" | "minus":
            left, right = (value_of(part) for part in branch.children if not isinstance(part, Token))
            return nodes.Sum(left=left, right=right, minus=branch.data == "minus")
        case "parenthesis":
            return value_of(branch.children[0])
    raise Wrong("A condition stands where a value is expected.", "Compare two values at a time.")


def path_of(branch: Any, *, bare_variables: bool = False) -> nodes.Path:
    """The path that a branch stands for; Wrong when it begins with a word that leads nowhere.

    With `bare_variables` such a word is the name of a variable.
    """
    root, *steps = branch.children
    if root not in ROOTS and bare_variables and root.isidentifier():
        return nodes.Path(root="vars", keys=(str(root), *(_key(step.children[0]) for step in steps)))
    if root not in ROOTS:
        remedy = f"Begin with one of {', '.join(ROOTS)}; texts are quoted."
        raise Wrong(f"{str(root)[:60]} leads nowhere.", remedy)
    return nodes.Path(root=str(root), keys=tuple(_key(step.children[0]) for step in steps))


def _key(part: Any) -> str | int:
    if isinstance(part, Token):
        return part[1:].strip()
    return _number(part) if part.data == "index" else _text(part)


def _number(branch: Any) -> Any:
    written = "".join(map(str, branch.children))
    if len(written) > 400:  # noqa: PLR2004 (no number that anybody means)
        raise Wrong("A number is too long.", "Write it as a text.")
    return int(written) if written.lstrip("-").isdigit() else float(written)


def _text(branch: Any) -> str:
    """Quotes and spaces may be escaped; any other backslash stays, because it is a pattern's."""
    return _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), str(branch.children[0])[1:-1])
