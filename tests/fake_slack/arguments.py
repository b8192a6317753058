"""The arguments of a call: a body and its content type enter, named and typed values leave, or Slack's complaint."""

import json
from typing import Any
from urllib.parse import parse_qsl

from tests.fake_slack.errors import ApiError, wrong
from tests.fake_slack.specs import Spec

_TRUE, _FALSE = {"true", "1", "True"}, {"false", "0", "False", ""}


def read(query: str, body: bytes, content_type: str, *, takes_json: bool) -> dict[str, Any]:
    """What the call says, as it stands: from the query, and from a form or, where the method takes it, from JSON."""
    found: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    if content_type.startswith("application/json"):
        if takes_json and body:
            found |= {key: value for key, value in _object(body).items() if key != "token"}
        return found
    if content_type.startswith("application/x-www-form-urlencoded"):
        found |= dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True))
    elif body:
        raise ApiError("invalid_post_type")
    return found


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError as mistake:
        raise ApiError("invalid_json") from mistake
    if not isinstance(value, dict):
        raise ApiError("json_not_object")
    return value


def checked(spec: Spec, given: dict[str, Any]) -> dict[str, Any]:
    """The arguments with their types.

    Raises ApiError `invalid_arguments` when one is missing or is of another type.
    """
    missing = [f"missing required field: {name}" for name in spec.required if given.get(name) in (None, "")]
    typed: dict[str, Any] = {}
    for name, value in given.items():
        try:
            typed[name] = _typed(value, spec.types.get(name, ("string",)))
        except TypeError as mistake:
            missing.append(f"{mistake} [json-pointer:/{name}]")
    if missing:
        raise wrong("invalid_arguments", *missing)
    return {name: value for name, value in typed.items() if value is not None}


def _typed(value: Any, types: tuple[str, ...]) -> Any:
    """The value as one of the types; a form has strings only, so numbers and booleans are read from these."""
    for kind in types:
        try:
            return _READ[kind](value)
        except (TypeError, ValueError):
            continue
    raise TypeError(f"must provide {_a(types[0])}")


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aio' else 'a'} {kind}"


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _TRUE | _FALSE:
        return value in _TRUE
    raise TypeError


def _integer(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise TypeError
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(value)


def _of(kind: type) -> Any:
    def take(value: Any) -> Any:
        found = json.loads(value) if isinstance(value, str) else value
        if not isinstance(found, kind):
            raise TypeError
        return found

    return take


def _null(value: Any) -> None:
    if value is not None:
        raise TypeError


_READ = {
    "string": _string,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "array": _of(list),
    "object": _of(dict),
    "null": _null,
}
