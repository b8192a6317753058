"""The body of a request enters, plain values leave, within fixed bounds; BadAlert when it is no JSON that we take."""

import json
from typing import Any, NoReturn

from bot.errors import BadAlert

LONGEST_BODY = 2 * 1024 * 1024
"""Bytes; PagerDuty sends that much at most."""
DEEPEST = 100
LONGEST_NUMBER = 1_000
"""Digits."""


def parse(body: bytes) -> dict[str, Any]:
    """The object that the body holds; integers keep every digit."""
    if len(body) > LONGEST_BODY:
        raise BadAlert(f"The body is larger than {LONGEST_BODY} bytes.", "Send fewer alerts at once.")
    try:
        found = json.loads(body.decode("utf-8-sig"), parse_constant=_no_number, parse_int=_integer)
    except UnicodeDecodeError:
        raise BadAlert("The body is not in UTF-8.", "Send JSON in UTF-8.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadAlert(f"The body is no JSON: it cannot be read at {where}.", "Send one JSON object.") from None
    except RecursionError:
        raise _too_deep() from None
    if not isinstance(found, dict):
        raise BadAlert("The body is no JSON object.", "Send one object, as in {...}.")
    _check_depth(found)
    return found


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise BadAlert("A number in the body is too long.", f"Send at most {LONGEST_NUMBER} digits.")
    return int(digits)


def _no_number(word: str) -> NoReturn:
    raise BadAlert(f"The body holds {word}, which JSON does not know.", "Send null instead.")


def _check_depth(value: Any) -> None:
    """Level by level, so that nothing recurses."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise _too_deep()


def _inside(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in inner if isinstance(each, dict | list)]


def _too_deep() -> BadAlert:
    return BadAlert("The body is nested too deeply.", f"Send at most {DEEPEST} levels.")
