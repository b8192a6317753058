"""A person at a form: a view enters, the same view as Slack sends it back when everything stands as it was leaves."""

from typing import Any


def as_shown(view: dict[str, Any], **answers: Any) -> dict[str, Any]:
    """The submitted view; `answers` are by label what a person put in instead of what stood there."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            label = block["label"]["text"]
            element = block["element"]
            state = _answered(element, answers[label]) if label in answers else _initial(element)
            values[block["block_id"]] = {element["action_id"]: {"type": element["type"], **state}}
    return {**view, "state": {"values": values}}


def _initial(element: dict[str, Any]) -> dict[str, Any]:
    if element["type"].startswith("multi_") or element["type"] == "checkboxes":
        return {"selected_options": element.get("initial_options", [])}
    if element["type"].endswith("select"):
        return {"selected_option": element.get("initial_option")}
    if element["type"] == "datepicker":
        return {"selected_date": element.get("initial_date")}
    return {"value": element.get("initial_value")}


def _answered(element: dict[str, Any], answer: Any) -> dict[str, Any]:
    if element["type"].startswith("multi_") or element["type"] == "checkboxes":
        return {"selected_options": [{"value": value} for value in answer]}
    if element["type"].endswith("select"):
        return {"selected_option": {"value": answer} if answer else None}
    return {"selected_date" if element["type"] == "datepicker" else "value": answer}
