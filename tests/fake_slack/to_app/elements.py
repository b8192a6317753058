"""What stands in messages and views to be pressed and filled in: found by action_id, and filled as Slack tells it."""

from typing import Any

from tests.fake_slack.blocks.kinds import elements_of
from tests.fake_slack.blocks.options import choices

_SIMPLE = {
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "rich_text_input": "rich_text_value",
    "button": "value",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
}
_ONE = {"static_select", "external_select", "radio_buttons", "overflow"}
_MANY = {"multi_static_select", "multi_external_select", "checkboxes"}


def find(blocks: list[dict[str, Any]], action: str, block: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    """The block and the element with this action_id (in `block`, if it is given); AssertionError when there is none."""
    for each in blocks:
        for element in elements_of(each):
            if element.get("action_id") == action and block in ("", each.get("block_id")):
                return each, element
    there = [element.get("action_id") for each in blocks for element in elements_of(each)]
    raise AssertionError(f"there is nothing with action_id {action!r} to press or fill in; there is {there}")


def filled(element: dict[str, Any], chosen: Any) -> dict[str, Any]:
    """What Slack says of the element when this was chosen; options by their value, or whole.

    Raises AssertionError for an option that a person could not choose.
    """
    kind = element["type"]
    if kind in _SIMPLE:
        return {"type": kind, _SIMPLE[kind]: chosen}
    if kind in _ONE:
        return {"type": kind, "selected_option": None if chosen is None else _option(element, chosen)}
    if kind in _MANY:
        return {"type": kind, "selected_options": [_option(element, each) for each in chosen]}
    raise AssertionError(f"nobody can fill in {kind!r}")


def initial(element: dict[str, Any]) -> dict[str, Any] | None:
    """What Slack says of an element that nobody touched."""
    kind = element["type"]
    if kind in _SIMPLE and kind != "button":
        return {"type": kind, _SIMPLE[kind]: element.get(f"initial_{_SIMPLE[kind].split('_', 1)[-1]}")}
    if kind in _ONE:
        return {"type": kind, "selected_option": element.get("initial_option")}
    return {"type": kind, "selected_options": element.get("initial_options", [])} if kind in _MANY else None


def empty(state: dict[str, Any]) -> bool:
    """Whether nothing was filled in."""
    return not any(value for name, value in state.items() if name != "type")


def _option(element: dict[str, Any], chosen: Any) -> dict[str, Any]:
    if isinstance(chosen, dict):
        return chosen
    for option in choices(element):
        if option["value"] == chosen:
            return option
    raise AssertionError(f"there is no option {chosen!r} among {[option['value'] for option in choices(element)]}")
