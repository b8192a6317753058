"""Values from chat against a runbook's parameters: texts in, coerced plain values or every problem at once out."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.catalog import ansible_door
from bot.catalog.flaws import did_you_mean, shown
from bot.errors import BadParameters
from bot.model.runbook import Parameter, Runbook

Given = Mapping[str, str | list[str]]

MAX_BYTES = 64 * 1024
_MAX_DEPTH = 30
_MAX_INTEGER = 2**63
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_HUGE = re.compile(r"[\d_.][eE]\+?[\d_]{3,}")  # Decimal("1e999999999") is short to write and never ends as an int
_ONE_TEXT = frozenset({"str", "path"})


def validate(runbook: Runbook, given: Given) -> dict[str, Any]:
    """The values of all parameters, defaults included, as plain JSON types; optional ones left out are not in it.

    Raises BadParameters with one sentence for each problem; no value of a secret stands in any of them.
    """
    _check_size(given)
    names = _names(runbook)
    problems = _undeclared(runbook, given, names) + _given_twice(given, names)
    values: dict[str, Any] = {}
    for parameter in runbook.parameters:
        written = [value for name, value in given.items() if names.get(name) == parameter.name]
        made, found = _one(parameter, written[-1] if written else None)
        problems += found
        values |= made
    if problems:
        count = "One problem" if len(problems) == 1 else f"{len(problems)} problems"
        remedy = f"`describe {runbook.id}` lists the parameters."
        raise BadParameters(f"{count} with the parameters of {runbook.id}:", remedy, tuple(problems))
    return values


def missing_secrets(runbook: Runbook, given: Given) -> tuple[str, ...]:
    """Names of the secrets that `given` leaves out and that have no default: those the chat asks for."""
    names = _names(runbook)
    there = {names.get(name) for name in given}
    return tuple(p.name for p in runbook.parameters if p.no_log and p.default is None and p.name not in there)


def _names(runbook: Runbook) -> dict[str, str]:
    """Every name and alias that may be given, with the parameter's own name."""
    return {
        name: parameter.name
        for parameter in runbook.parameters
        for name in (parameter.name, *parameter.spec.get("aliases", ()))
    }


def _check_size(given: Given) -> None:
    size = sum(len(text.encode("utf-8", "replace")) for name, value in given.items() for text in (name, *_texts(value)))
    if size > MAX_BYTES:
        what = f"The parameters are {size // 1024} KiB long."
        raise BadParameters(what, f"At most {MAX_BYTES // 1024} KiB are taken.", (what,))


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _undeclared(runbook: Runbook, given: Given, names: Mapping[str, str]) -> list[str]:
    declared = [parameter.name for parameter in runbook.parameters]
    listed = f"Declared are: {', '.join(declared)}." if declared else f"{runbook.id} takes no parameters."
    problems = []
    for name in given:
        if name not in names:
            near = did_you_mean(name, declared)
            hint = f"{near} " if near.startswith("Did you mean") else ""
            problems.append(f"There is no parameter {shown(name)}. {hint}{listed}")
    return problems


def _given_twice(given: Given, names: Mapping[str, str]) -> list[str]:
    own = [names[name] for name in given if name in names]
    twice = sorted({name for name in own if own.count(name) > 1})
    return [f"{name} is given twice, once by an alias." for name in twice]


def _one(parameter: Parameter, written: str | list[str] | None) -> tuple[dict[str, Any], list[str]]:
    """The value of one parameter (none when it is optional and left out) and what is wrong with it."""
    name = parameter.name
    if written is None and parameter.default is None:
        about = f" ({shown(parameter.description, 100)})" if parameter.description else ""
        return {}, [f"{name} is required{about}."] if parameter.required else []
    problem = None if written is None else _refusal(parameter, written)
    if problem:
        return {}, [f"{name} {problem}."]
    values = {} if written is None else {name: _parsed(parameter, written)}
    made, messages = ansible_door.check({name: parameter.spec}, values)
    if messages:
        return {}, _sentences(parameter, messages)
    value = _without_unset(made[name], parameter.spec)
    odd = _odd(value, 1)
    return ({}, [f"{name} {odd}."]) if odd else ({name: value}, [])


def _refusal(parameter: Parameter, written: str | list[str]) -> str | None:
    """What Ansible's validator would take, or choke on, and nobody can mean."""
    texts = _texts(written)
    if any(_CONTROL.search(text) for text in texts):
        return "holds a control character"
    if parameter.type in _ONE_TEXT and isinstance(written, list):
        return "takes one value, not a list"
    if _has_int(parameter.spec) and any(_HUGE.search(text) for text in texts):
        return "holds a number that is too large"
    return None


def _has_int(spec: Mapping[str, Any]) -> bool:
    numbers = {"int", "bytes", "bits"}
    return bool({spec.get("type"), spec.get("elements")} & numbers) or any(
        _has_int(sub) for sub in (spec.get("options") or {}).values()
    )


def _parsed(parameter: Parameter, written: str | list[str]) -> Any:
    """A list written as JSON becomes one: Ansible itself would split its text at the commas."""
    if parameter.type == "list" and isinstance(written, str) and written.lstrip().startswith("["):
        try:
            made = json.loads(written)
        except (ValueError, RecursionError):
            return written
        return made if isinstance(made, list) else written
    return list(written) if isinstance(written, list) else written


def _sentences(parameter: Parameter, messages: tuple[str, ...]) -> list[str]:
    if parameter.no_log:
        kind = f"one of its {len(parameter.choices)} choices" if parameter.choices else f"of type {parameter.type}"
        return [f"The value of {parameter.name} is not {kind} (it is a secret, so it is not shown)."]
    return [f"{parameter.name}: {shown(message, 300)}." for message in messages]


def _without_unset(value: Any, spec: Mapping[str, Any]) -> Any:
    """`value` without the sub-options that were left out, which the validator reports as None."""
    options = spec.get("options")
    if not options:
        return value
    if isinstance(value, list):
        return [_without_unset(item, spec) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without_unset(item, options.get(key, {}))
        for key, item in value.items()
        if not (item is None and key in options)
    }


def _odd(value: Any, depth: int) -> str | None:
    """Why `value` cannot travel as JSON."""
    if depth > _MAX_DEPTH:
        return "is nested too deeply"
    if value is None or isinstance(value, str | int | float):
        return _odd_scalar(value)
    if not isinstance(value, list | dict) or not all(isinstance(key, str) for key in _keys(value)):
        return "is not made of text, numbers, lists and mappings"
    return next((odd for odd in (_odd(item, depth + 1) for item in _items(value)) if odd), None)


def _odd_scalar(value: str | float | None) -> str | None:
    if isinstance(value, str) and _CONTROL.search(value):
        return "holds a control character"
    if isinstance(value, int) and abs(value) >= _MAX_INTEGER:
        return "holds a number that is too large"
    if isinstance(value, float) and not math.isfinite(value):
        return "is no finite number"
    return None


def _keys(value: list[Any] | dict[Any, Any]) -> Iterator[Any]:
    return iter(value) if isinstance(value, dict) else iter(())


def _items(value: list[Any] | dict[Any, Any]) -> Iterator[Any]:
    return iter(value if isinstance(value, list) else [*value, *value.values()])
