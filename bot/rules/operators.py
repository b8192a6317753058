"""What the words of a condition do with values: one small pure function each, in tables by name.

Nothing is coerced: 1 is 1.0, but neither "1" nor true. What two values cannot be compared by is false.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

LONGEST_SEARCHED = 4_096
"""Characters of a text in which a pattern is looked for: the texts are anybody's."""


class Undefined:
    """The kind of UNDEFINED."""

    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED = Undefined()
"""What stands at a path that leads to nothing."""


def equal(left: Any, right: Any) -> bool:
    """The same kind and the same value, also of all that is inside."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    return bool(left == right)


def is_number(value: Any) -> bool:
    """True and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def test(left: Any, right: Any) -> bool:
        if (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
            return compare(left, right)
        return False

    return test


def contains(left: Any, right: Any) -> bool:
    """Whether a list has an item, or a text a part."""
    if isinstance(left, list | tuple):
        return any(equal(item, right) for item in left)
    return isinstance(left, str) and isinstance(right, str) and right in left


COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
    "in": lambda left, right: contains(right, left),
    "not in": lambda left, right: not contains(right, left),
    "contains": contains,
    "not contains": lambda left, right: not contains(left, right),
}

SEARCHES: Mapping[str, Callable[["re.Pattern[str]", str], "re.Match[str] | None"]] = {
    "match": re.Pattern.match,
    "search": re.Pattern.search,
    "regex": re.Pattern.search,
}
"""At the beginning of a text; anywhere; anywhere."""


def found(kind: str, pattern: "re.Pattern[str]", value: Any) -> bool:
    """Whether the beginning of a text fits; what is no text never does."""
    return isinstance(value, str) and SEARCHES[kind](pattern, value[:LONGEST_SEARCHED]) is not None


def at(value: Any, keys: tuple[str | int, ...]) -> Any:
    """What stands at a path below `value`, else UNDEFINED."""
    for key in keys:
        if isinstance(key, str):
            if not isinstance(value, Mapping) or key not in value:
                return UNDEFINED
            value = value[key]
        elif isinstance(value, list | tuple) and -len(value) <= key < len(value):
            value = value[key]
        else:
            return UNDEFINED
    return value
