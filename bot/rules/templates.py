"""`{{ event.alert.labels.host }}` in an action: the author's text and what matched enter, plain values leave.

This is no template engine. A path is looked up and handed on as data: what it holds is never read again, so an alert
that says `{{ lookup('pipe', 'id') }}` is that text. A text that is one path alone keeps the kind of its value.
"""

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lark import Token

from bot.rules.closures import Scope, looking
from bot.rules.grammar import Wrong, tree
from bot.rules.nodes import Path
from bot.rules.operators import UNDEFINED
from bot.rules.parsing import path_of, value_of

LONGEST = 16_384
"""Characters of a text that was put together."""
_OPEN = re.compile(r"\{\{|\{%|\{#")
_HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)

Hole = Callable[[Scope], Any]


class Unfilled(Exception):
    """What the author names is not in what matched; the error's text says what, in one sentence."""


def _default(value: Any, other: Any) -> Any:
    return other if value is UNDEFINED or value is None else value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise Unfilled("A list or a mapping cannot become a part of a text.")


def _whole(value: Any) -> int:
    try:
        return int(value[:40] if isinstance(value, str) else value)
    except (ValueError, TypeError, OverflowError):
        raise Unfilled("A value is no whole number.") from None


def _end(place: int) -> Callable[[Any], Any]:
    def pick(value: Any) -> Any:
        if isinstance(value, list | tuple | str) and value:
            return value[place]
        raise Unfilled("A list is empty, or no list.")

    return pick


def _split(value: Any, separator: Any) -> list[str]:
    if not isinstance(separator, str) or not separator:
        raise Unfilled("split() needs a text to split by.")
    return _text(value).split(separator)


def _join(value: Any, separator: Any) -> str:
    if not isinstance(value, list | tuple):
        raise Unfilled("Only a list can be joined.")
    return _text(separator).join(map(_text, value))


FILTERS: Mapping[str, tuple[Callable[..., Any], int]] = {
    "default": (_default, 1),
    "lower": (lambda value: _text(value).lower(), 0),
    "upper": (lambda value: _text(value).upper(), 0),
    "trim": (lambda value: _text(value).strip(), 0),
    "string": (_text, 0),
    "int": (_whole, 0),
    "first": (_end(0), 0),
    "last": (_end(-1), 0),
    "split": (_split, 1),
    "join": (_join, 1),
}
"""Each with the number of values that it takes in brackets."""


def has_template(value: Any) -> bool:
    """Whether a text, or any text inside of it, is not to be taken as it stands."""
    return any(_OPEN.search(text) for text in _texts(value))


def flaws(value: Any) -> Iterator[Wrong]:
    """What is wrong with the templates in a value of any shape."""
    for text in _texts(value):
        try:
            _parts(text)
        except Wrong as wrong:
            yield wrong


def paths(text: str) -> list[tuple[Path, bool]]:
    """The paths in a text, each with whether something else stands in where it leads nowhere; Wrong as `flaws` says."""
    _parts(text)
    branches = [tree(found[1].strip(), "value") for found in _HOLE.finditer(text)]
    return [(path_of(path, bare_variables=True), _has_default(filters)) for path, *filters in map(_children, branches)]


def fill(value: Any, scope: Scope) -> Any:
    """The value with what its paths lead to; Unfilled when one of them leads nowhere."""
    if isinstance(value, str):
        return _fill_text(value, scope)
    if isinstance(value, Mapping):
        return {str(key): fill(item, scope) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [fill(item, scope) for item in value]
    return value


def _fill_text(text: str, scope: Scope) -> Any:
    parts = _parts(str(text))
    if len(parts) == 1 and not isinstance(parts[0], str):
        return parts[0](scope)
    made = "".join(part if isinstance(part, str) else _text(part(scope)) for part in parts)
    if len(made) > LONGEST:
        raise Unfilled(f"A text would be longer than {LONGEST:,} characters.")
    return made


@functools.lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[str | Hole, ...]:
    """Plain text and holes in turn; made once for each text that an author wrote."""
    made: list[str | Hole] = []
    after = 0
    for found in _HOLE.finditer(text):
        made += [_plain(text[after : found.start()]), _hole(found[1])]
        after = found.end()
    made.append(_plain(text[after:]))
    return tuple(part for part in made if part != "") or ("",)


def _plain(text: str) -> str:
    if _OPEN.search(text):
        raise Wrong("A template has no end, or holds statements.", "Only paths stand in it: {{ event.alert.service }}.")
    return text


def _hole(inside: str) -> Hole:
    branch = tree(inside.strip(), "value")
    path, *filters = branch.children
    look, name = looking(path_of(path, bare_variables=True)), " ".join(inside.split())[:80]
    steps = tuple(_filter(each) for each in filters)

    def hole(scope: Scope) -> Any:
        value = look(scope)
        for step, optional in steps:
            if value is UNDEFINED and not optional:
                break
            value = step(value, scope)
        if value is UNDEFINED:
            raise Unfilled(f"There is nothing at {name}.")
        return value

    return hole


def _children(branch: Any) -> list[Any]:
    return list(branch.children)


def _has_default(filters: list[Any]) -> bool:
    return any(str(each.children[0]) == "default" for each in filters)


def _filter(branch: Any) -> tuple[Callable[[Any, Scope], Any], bool]:
    name, *given = branch.children
    if str(name) not in FILTERS:
        raise Wrong(f"There is no filter {str(name)[:40]} here.", f"There are {', '.join(FILTERS)}.")
    act, wanted = FILTERS[str(name)]
    others = [looking(value_of(part)) for part in given if not isinstance(part, Token)]
    if len(others) != wanted:
        remedy = f'Write {name}("…").' if wanted else f"Write {name} without brackets."
        raise Wrong(f"The filter {name} takes {wanted} value{'' if wanted == 1 else 's'}.", remedy)
    return lambda value, scope: act(value, *(other(scope) for other in others)), name == "default"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
