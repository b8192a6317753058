"""A runbook's Parameter enters; the field that asks for it in a form leaves, and what was put into it comes back."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from bot.chat.slack import sizes
from bot.chat.slack.buttons import Action
from bot.chat.slack.message import Block
from bot.chat.slack.parts import fits, option, options, plain
from bot.chat.slack.sizes import short, units
from bot.chat.text import line
from bot.model.runbook import Parameter

Given = str | list[str]

_DATED = re.compile(r"\bYYYY-MM-DD\b", re.IGNORECASE)
_NUMBERS = frozenset({"int", "float"})
_NUMBER = re.compile(r"-?[0-9]{1,50}(\.[0-9]{1,40})?")
_YES = "true"


class Kind(StrEnum):
    """How a parameter is asked for."""

    SECRET = "secret"  # noqa: S105 (a word for a field)
    TICK = "tick"
    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    DATE = "date"
    LINES = "lines"
    JSON = "json"
    TEXT = "text"


def kind_of(parameter: Parameter) -> Kind:  # noqa: PLR0911 (one line a kind)
    """The kind of field that fits the parameter's type, choices, default and description."""
    listed = parameter.type == "list"
    if parameter.no_log:
        return Kind.SECRET
    if parameter.type == "bool":
        return Kind.TICK if parameter.required or parameter.default is not None else Kind.CHOICE
    if parameter.choices and _menu(parameter):
        return Kind.CHOICES if listed else Kind.CHOICE
    if parameter.type in _NUMBERS:
        return Kind.NUMBER
    if parameter.type == "str" and _is_date(parameter):
        return Kind.DATE
    if listed:
        return Kind.LINES if parameter.spec.get("elements", "str") != "dict" else Kind.JSON
    return Kind.JSON if parameter.type in {"dict", "json", "jsonarg"} else Kind.TEXT


def block_id(runbook: str, parameter: str) -> str:
    """The name of the parameter's field: another runbook's field of the same name must not keep what was typed."""
    return "value:" + hashlib.sha256(f"{runbook}\0{parameter}".encode("utf-8", "replace")).hexdigest()[:24]


def field(runbook: str, parameter: Parameter, given: Given | None = None) -> Block:
    """The input block; `given` (what a command said already) or the default stands in it, never a secret."""
    kind = kind_of(parameter)
    first = None if kind is Kind.SECRET else _first(parameter, given)
    made: Block = {
        "type": "input",
        "block_id": block_id(runbook, parameter.name),
        "label": plain(parameter.name, sizes.BUTTON),
        "element": {**_element(kind, parameter, first), "action_id": Action.FORM_VALUE},
        "optional": kind is Kind.TICK or not parameter.required,
    }
    hint = _hint(kind, parameter)
    return {**made, "hint": plain(hint, sizes.FIELD)} if hint else made


def read(parameter: Parameter, state: Mapping[str, Any]) -> Given | None:
    """The value in the field as a person would type it; None when it was left empty.

    `state` is Slack's own state of the element: `{"type": ..., "value": ...}` and the like.
    """
    kind = kind_of(parameter)
    if kind is Kind.TICK:
        return _YES if _values(state.get("selected_options")) else "false"
    if kind is Kind.CHOICES:
        return _values(state.get("selected_options")) or None
    if kind is Kind.CHOICE:
        return next(iter(_values([state.get("selected_option")])), None)
    text = state.get("selected_date" if kind is Kind.DATE else "value")
    if not isinstance(text, str) or not text.strip():
        return None
    if kind is Kind.LINES:
        return [one.strip() for one in text.splitlines() if one.strip()]
    return text if kind in {Kind.SECRET, Kind.TEXT} else text.strip()


def typed(value: Any) -> str:
    """A value of a runbook file as a person would type it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _values(chosen: Any) -> list[str]:
    listed = chosen if isinstance(chosen, list) else []
    found = [one.get("value") for one in listed if isinstance(one, Mapping)]
    return [value for value in found if isinstance(value, str)]


def _menu(parameter: Parameter) -> bool:
    """Whether all choices go into a menu; one that can't show them all would hide what is allowed."""
    values = [typed(choice) for choice in parameter.choices]
    return len(values) == len(set(values)) <= sizes.OPTIONS and all(map(fits, values))


def _is_date(parameter: Parameter) -> bool:
    default = parameter.default
    dated = _DATED.search(parameter.description) or parameter.name == "date" or parameter.name.endswith("_date")
    return bool(dated) and not parameter.choices and (default is None or _iso(default))


def _iso(value: Any) -> bool:
    """Whether the value is a date as Slack's date picker writes it."""
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _first(parameter: Parameter, given: Given | None) -> Given | None:
    if given is not None:
        return given
    default = parameter.default
    if default is None:
        return None
    return [typed(item) for item in default] if isinstance(default, list | tuple) else typed(default)


def _element(kind: Kind, parameter: Parameter, first: Given | None) -> dict[str, Any]:
    if kind is Kind.TICK:
        return _tick(parameter, first)
    if kind in {Kind.CHOICE, Kind.CHOICES}:
        return _choice(kind, parameter, first)
    text = "\n".join(first) if kind is Kind.LINES and isinstance(first, list) else typed(first)
    initial = {} if first is None or not text.strip() or units(text) > sizes.INPUT else {"initial_value": text}
    if kind is Kind.NUMBER:
        return {"type": "number_input", "is_decimal_allowed": parameter.type == "float", **_numeric(initial)}
    if kind is Kind.DATE:
        return {"type": "datepicker", **({"initial_date": first} if _iso(first) else {})}
    several = kind in {Kind.LINES, Kind.JSON} or "\n" in text
    return {"type": "plain_text_input", "multiline": several, "max_length": sizes.INPUT, **initial}


def _numeric(initial: dict[str, str]) -> dict[str, str]:
    """Slack takes a number only where a number is asked for."""
    return initial if _NUMBER.fullmatch(initial.get("initial_value", "")) else {}


def _tick(parameter: Parameter, first: Given | None) -> dict[str, Any]:
    yes = option(f"{parameter.name} is on", _YES)
    on = isinstance(first, str) and first.lower() in {"true", "yes", "on", "1", "y", "t"}
    return {"type": "checkboxes", "options": [yes], **({"initial_options": [yes]} if on else {})}


def _choice(kind: Kind, parameter: Parameter, first: Given | None) -> dict[str, Any]:
    values = ["true", "false"] if parameter.type == "bool" else [typed(choice) for choice in parameter.choices]
    menu = options(values)
    wanted = set(first) if isinstance(first, list) else {first}
    chosen = [each for each in menu if each["value"] in wanted]
    if kind is Kind.CHOICES:
        return {"type": "multi_static_select", "options": menu, **({"initial_options": chosen} if chosen else {})}
    return {"type": "static_select", "options": menu, **({"initial_option": chosen[0]} if chosen else {})}


def _hint(kind: Kind, parameter: Parameter) -> str:
    """What the runbook says of it, and how the field is to be filled."""
    how = {
        Kind.SECRET: "A secret: it goes to the run alone, and is neither stored nor shown.",
        Kind.LINES: "One on each line.",
        Kind.JSON: "Written as JSON.",
    }.get(kind, "")
    if parameter.choices and kind in {Kind.TEXT, Kind.LINES, Kind.NUMBER}:
        some = ", ".join(typed(choice) for choice in parameter.choices[:10])
        how = f"{how} One of {len(parameter.choices)}: {some} ...".strip()
    about = line(parameter.description, 600)
    return short(f"{about} {how}".strip(), sizes.FIELD)
