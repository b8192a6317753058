"""Small checks from which the rules of blocks are made: each takes a value, its place, and a list of complaints."""

from collections.abc import Callable, Iterable
from typing import Any

Complaints = list[str]
Check = Callable[[Any, str, Complaints], None]


def size(text: str) -> int:
    """Characters as Slack's own clients count them: UTF-16 units, so that a face counts for two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def complain(found: Complaints, what: str, at: str) -> None:
    """Note one complaint as Slack words it."""
    found.append(f"{what} [json-pointer:{at}]")


def string(most: int, *, least: int = 1) -> Check:
    """A string of so many characters."""

    def check(value: Any, at: str, found: Complaints) -> None:
        if not isinstance(value, str):
            complain(found, "must be a string", at)
        elif size(value) < least:
            complain(found, f"must be more than {least - 1} characters", at)
        elif size(value) > most:
            complain(found, f"must be less than {most + 1} characters", at)

    return check


def text(most: int, *kinds: str, least: int = 1) -> Check:
    """A text object of one of these types (both, if none is named) with so many characters."""
    allowed = kinds or ("plain_text", "mrkdwn")
    inner = string(most, least=least)

    def check(value: Any, at: str, found: Complaints) -> None:
        if not isinstance(value, dict):
            complain(found, "must be an object", at)
            return
        if value.get("type") not in allowed:
            complain(found, f"must be a valid enum value: {', '.join(allowed)}", f"{at}/type")
        extra = {"plain_text": {"emoji"}, "mrkdwn": {"verbatim"}}.get(str(value.get("type")), set())
        surplus(value, {"type", "text"} | extra, at, found)
        inner(value.get("text"), f"{at}/text", found)

    return check


def plain(most: int) -> Check:
    """A text object of type plain_text."""
    return text(most, "plain_text")


def whether(value: Any, at: str, found: Complaints) -> None:
    """A boolean."""
    if not isinstance(value, bool):
        complain(found, "must be a boolean", at)


def integer(least: int, most: int) -> Check:
    """A whole number between these."""

    def check(value: Any, at: str, found: Complaints) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            complain(found, f"must be an integer from {least} to {most}", at)

    return check


def anything(_value: Any, _at: str, _found: Complaints) -> None:
    """Whatever stands there."""


def one_of(*values: str) -> Check:
    """One of these words."""

    def check(value: Any, at: str, found: Complaints) -> None:
        if value not in values:
            complain(found, f"must be a valid enum value: {', '.join(values)}", at)

    return check


def items(each: Check, least: int, most: int) -> Check:
    """A list of so many, each as the check wants it."""

    def check(value: Any, at: str, found: Complaints) -> None:
        if not isinstance(value, list):
            complain(found, "must be an array", at)
            return
        if len(value) < least:
            complain(found, f"no less than {least} items required", at)
        if len(value) > most:
            complain(found, f"no more than {most} items allowed", at)
        for index, item in enumerate(value):
            each(item, f"{at}/{index}", found)

    return check


def shape(required: dict[str, Check], optional: dict[str, Check] | None = None, *also: Check) -> Check:
    """An object with these properties and no others; `also` are rules of the whole, asked when it is an object."""
    known = {**required, **(optional or {})}

    def check(value: Any, at: str, found: Complaints) -> None:
        if not isinstance(value, dict):
            complain(found, "must be an object", at)
            return
        for name in required:
            if value.get(name) is None:
                complain(found, f"missing required field: {name}", at)
        surplus(value, known, at, found)
        for name, inner in known.items():
            if value.get(name) is not None:
                inner(value[name], f"{at}/{name}", found)
        for rule in also:
            rule(value, at, found)

    return check


def surplus(value: dict[str, Any], known: Iterable[str], at: str, found: Complaints) -> None:
    """Complain of properties that nobody knows."""
    for name in value:
        if name not in known:
            complain(found, f"invalid additional property: {name}", at)


def typed(kinds: dict[str, Check], *names: str) -> Check:
    """An object whose `type` is one of these names (all, if none is named), checked as that type wants it."""

    def check(value: Any, at: str, found: Complaints) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in (names or kinds):
            complain(found, f"unsupported type: {kind}", f"{at}/type")
            return
        kinds[kind](value, at, found)

    return check
