"""Names and values against what the policy says of them: both enter, whether they fit leaves."""

import json
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase, translate
from functools import lru_cache
from typing import Any

from bot.guards.question import Use
from bot.model.people import Actor


def any_matches(name: str, globs: Iterable[str]) -> bool:
    """Whether a name fits one of the globs."""
    wanted = tuple(globs)
    return bool(wanted) and _one_of(wanted).match(name) is not None


@lru_cache(maxsize=4096)
def _one_of(globs: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all of them: lists and pickers try every runbook against every grant."""
    return re.compile("|".join(translate(glob) for glob in globs))


def is_member(actor: Actor, groups: tuple[str, ...], members: tuple[str, ...]) -> bool:
    """Whether an actor, or a user group that they are in, is among the members."""
    known_as = (str(actor), *(f"{actor.transport}-group:{group}" for group in groups))
    return any(any_matches(name, members) for name in known_as)


def outside(bounds: Mapping[str, tuple[Any, ...]], use: Use) -> list[str]:
    """The parameters whose value is not surely within its bounds; those that the runbook has not are passed over.

    One that was left out is outside, since nobody knows what the playbook makes of it; so is a secret.
    """
    if use.values is None:
        return []
    bound = [name for name, allowed in bounds.items() if name in use.declared and "*" not in allowed]
    return [name for name in bound if name not in use.values or not _within(use.values[name], bounds[name])]


def touches(bounds: Mapping[str, tuple[Any, ...]], use: Use) -> bool:
    """Whether every one of the named parameters has, or being secret may have, one of the values."""
    if use.values is None:
        return not bounds
    return all(name in use.secret or _meets(use.values, name, values) for name, values in bounds.items())


def _within(value: Any, allowed: tuple[Any, ...]) -> bool:
    return all(_fits(item, allowed) for item in _items(value))


def _meets(values: Mapping[str, Any], name: str, wanted: tuple[Any, ...]) -> bool:
    return name in values and any(_fits(item, wanted) for item in _items(values[name]))


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _fits(value: Any, wanted: tuple[Any, ...]) -> bool:
    return any(_same_number(value, one) or fnmatchcase(_text(value), _text(one)) for one in wanted)


def _same_number(value: Any, other: Any) -> bool:
    """5 and 5.0 are the same; true is no number."""
    numbers = isinstance(value, int | float) and isinstance(other, int | float)
    return numbers and not isinstance(value, bool) and not isinstance(other, bool) and value == other


def _text(value: Any) -> str:
    """As one would write it in YAML: `true`, `5`, a text as it is; what has parts as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
