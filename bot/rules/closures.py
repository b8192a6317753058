"""Nodes enter, a function that tests them leaves: made once for each rule, called for each event.

A test says True, False, or None when what it looks at is not there. None is neither: its opposite is None too, and an
`or` can still be True by another part. What is not True does not match.
"""

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from bot.rules import nodes
from bot.rules.operators import COMPARISONS, SEARCHES, UNDEFINED, at, found, is_number

Scope: TypeAlias = Mapping[str, Any]
"""What the roots stand for: event, events, fact, facts, vars."""
Tests: TypeAlias = Callable[[Scope], bool | None]
Looks: TypeAlias = Callable[[Scope], Any]


def compiled(node: nodes.Test) -> Tests:  # noqa: PLR0911 (one line a form)
    """The function that tests it."""
    match node:
        case nodes.Both(parts=parts):
            return _both(tuple(map(compiled, parts)))
        case nodes.Either(parts=parts):
            return _either(tuple(map(compiled, parts)))
        case nodes.Not(part=part):
            return _not(compiled(part))
        case nodes.Compare(operator=operator, left=left, right=right):
            return _compare(COMPARISONS[operator], looking(left), looking(right))
        case nodes.Defined(path=path, negated=negated):
            look = looking(path)
            return lambda scope: (look(scope) is UNDEFINED) is negated
        case nodes.Search():
            return _search(node)
        case nodes.Select():
            return _select(node)
        case nodes.Truth(value=value):
            return _truth(looking(value))


def looking(node: nodes.Value) -> Looks:
    """The function that finds a value, or UNDEFINED."""
    match node:
        case nodes.Literal(value=value):
            return lambda _scope: value
        case nodes.Path(root=root, keys=keys):
            return _path(root, keys)
        case nodes.Items(parts=parts):
            return _items(tuple(map(looking, parts)))
        case nodes.Sum(left=left, right=right, minus=minus):
            return _sum(looking(left), looking(right), minus=minus)


def _both(parts: tuple[Tests, ...]) -> Tests:
    def test(scope: Scope) -> bool | None:
        answer: bool | None = True
        for part in parts:
            said = part(scope)
            if said is False:
                return False
            if said is None:
                answer = None
        return answer

    return test


def _either(parts: tuple[Tests, ...]) -> Tests:
    def test(scope: Scope) -> bool | None:
        answer: bool | None = False
        for part in parts:
            said = part(scope)
            if said:
                return True
            if said is None:
                answer = None
        return answer

    return test


def _not(part: Tests) -> Tests:
    def test(scope: Scope) -> bool | None:
        said = part(scope)
        return None if said is None else not said

    return test


def _compare(operator: Callable[[Any, Any], bool], left: Looks, right: Looks) -> Tests:
    def test(scope: Scope) -> bool | None:
        one, other = left(scope), right(scope)
        return None if one is UNDEFINED or other is UNDEFINED else operator(one, other)

    return test


def _truth(look: Looks) -> Tests:
    def test(scope: Scope) -> bool | None:
        value = look(scope)
        return None if value is UNDEFINED else value is True

    return test


def _search(node: nodes.Search) -> Tests:
    pattern = re.compile(node.pattern, node.flags)
    look, kind, negated = looking(node.value), node.kind, node.negated

    def test(scope: Scope) -> bool | None:
        value = look(scope)
        return None if value is UNDEFINED else found(kind, pattern, value) is not negated

    return test


def _select(node: nodes.Select) -> Tests:
    look, wanted, key, negated = looking(node.value), looking(node.wanted), node.key, node.negated
    satisfies = _satisfies(node)

    def test(scope: Scope) -> bool | None:
        value, other = look(scope), wanted(scope)
        if value is UNDEFINED or other is UNDEFINED:
            return None
        items = value if isinstance(value, list | tuple) else (value,)
        of = items if key is None else (at(item, (key,)) for item in items)
        return any((item is not UNDEFINED and satisfies(item, other)) is not negated for item in of)

    return test


def _satisfies(node: nodes.Select) -> Callable[[Any, Any], bool]:
    kind = node.operator
    if kind not in SEARCHES:
        return COMPARISONS[kind]

    def satisfies(item: Any, wanted: Any) -> bool:
        pattern = _pattern(wanted) if isinstance(wanted, str) else None
        return pattern is not None and found(kind, pattern, item)

    return satisfies


@functools.lru_cache(maxsize=256)
def _pattern(text: str) -> "re.Pattern[str] | None":
    """None for a variable that is no regular expression."""
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return None


def _path(root: str, keys: tuple[str | int, ...]) -> Looks:
    def look(scope: Scope) -> Any:
        return at(scope.get(root, UNDEFINED), keys)

    return look


def _items(parts: tuple[Looks, ...]) -> Looks:
    def look(scope: Scope) -> Any:
        values = [part(scope) for part in parts]
        return UNDEFINED if any(value is UNDEFINED for value in values) else values

    return look


def _sum(left: Looks, right: Looks, *, minus: bool) -> Looks:
    def look(scope: Scope) -> Any:
        one, other = left(scope), right(scope)
        if not (is_number(one) and is_number(other)):
            return UNDEFINED
        try:
            return one - other if minus else one + other
        except OverflowError:  # a whole number that no float can hold
            return UNDEFINED

    return look
