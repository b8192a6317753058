"""Options of menus and the confirmation dialog: what they may hold, and how a menu's options must hang together."""

from typing import Any

from tests.fake_slack.blocks.shapes import Complaints, complain, items, plain, shape, string, text

_PARTS = {"text": plain(75), "value": string(150)}
option = shape(_PARTS, {"description": plain(75)})
linked = shape(_PARTS, {"description": plain(75), "url": string(3000)})
ticked = shape({"text": text(75), "value": string(150)}, {"description": text(75)})
group = shape({"label": plain(75), "options": items(option, 1, 100)})
confirm = shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": lambda value, at, found: None if value in ("primary", "danger") else complain(found, "bad style", at)},
)


def choices(value: dict[str, Any]) -> list[dict[str, Any]]:
    """All options of a menu, those in groups too."""
    groups = [one for one in _list(value.get("option_groups")) if isinstance(one, dict)]
    found = [*_list(value.get("options")), *(each for one in groups for each in _list(one.get("options")))]
    return [each for each in found if isinstance(each, dict)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def one_kind(value: dict[str, Any], at: str, found: Complaints) -> None:
    """A menu has options, or groups of them, not both."""
    if bool(value.get("options")) == bool(value.get("option_groups")):
        complain(found, "must define exactly one of options and option_groups", at)


def initial_known(value: dict[str, Any], at: str, found: Complaints) -> None:
    """What is chosen at first is one of the options; no value stands twice."""
    known = choices(value)
    values = [each.get("value") for each in known]
    if len(values) != len(set(map(str, values))):
        complain(found, "options must have unique values", at)
    chosen = [value["initial_option"]] if value.get("initial_option") else _list(value.get("initial_options"))
    for each in chosen:
        if each not in known:
            complain(found, "initial option is not one of the options", at)


def check_suggestions(answer: Any) -> Complaints:
    """What is wrong with the app's answer to `block_suggestion`."""
    found: Complaints = []
    if not isinstance(answer, dict):
        return ["must be an object [json-pointer:]"]
    shape({}, {"options": items(option, 0, 100), "option_groups": items(group, 0, 100)})(answer, "", found)
    if ("options" in answer) == ("option_groups" in answer):
        complain(found, "must define exactly one of options and option_groups", "")
    return found
