"""What stands in a modal when it is submitted: untouched fields have their first values, required ones are filled."""

import copy
from typing import Any

from tests.fake_slack.state import View
from tests.fake_slack.to_app.elements import empty, initial


def complete_state(view: View) -> dict[str, dict[str, Any]]:
    """The state of every input, by block and action; AssertionError says what Slack would say at a field."""
    state = copy.deepcopy(view.state)
    for block in view.body["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        fields = state.setdefault(block["block_id"], {})
        first = initial(element)
        if element["action_id"] not in fields and first is not None:
            fields[element["action_id"]] = first
        _check(block, element, fields.get(element["action_id"], {}))
    return state


def _check(block: dict[str, Any], element: dict[str, Any], said: dict[str, Any]) -> None:
    label = block["label"]["text"]
    if empty(said):
        assert block.get("optional"), f"{label}: please fill in this required field"
        return
    value = said.get("value")
    if element["type"] == "number_input":
        assert _is_number(value, decimal=element["is_decimal_allowed"]), f"{label}: please enter a number"
    if element["type"] == "plain_text_input":
        assert len(value) <= element.get("max_length", 3000), f"{label}: too long"
        assert len(value) >= element.get("min_length", 0), f"{label}: too short"


def _is_number(value: Any, *, decimal: bool) -> bool:
    try:
        return (float if decimal else int)(value) is not None
    except (TypeError, ValueError):
        return False
