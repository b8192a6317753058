"""Interactive elements: a table of the types we send, each with the rule that makes any such element fit."""

from collections.abc import Mapping
from typing import Any

from bot.chat.slack import sizes
from bot.chat.slack.fitters import Fitter, many, number, one_of, plain, shape, string, text, typed, whether

_ANY = ("plain_text", "mrkdwn")
_ID = {"action_id": string(sizes.IDENTIFIER)}
_OPTION = shape("", {"text": plain(sizes.OPTION), "value": string(sizes.OPTION_VALUE)}, {})
_GROUP = shape("", {"label": plain(sizes.OPTION), "options": many(_OPTION, sizes.OPTIONS, "choices")}, {})
_CONFIRM = shape(
    "",
    {
        "title": plain(sizes.CONFIRM_TITLE),
        "text": text(sizes.CONFIRM_TEXT, *_ANY),
        "confirm": plain(sizes.CONFIRM_BUTTON),
        "deny": plain(sizes.CONFIRM_BUTTON),
    },
    {"style": one_of("primary", "danger")},
)
_ASK = {"confirm": _CONFIRM, "focus_on_load": whether}
_HINT = {**_ASK, "placeholder": plain(sizes.PLACEHOLDER)}
_LISTS = {
    "options": many(_OPTION, sizes.OPTIONS, "choices"),
    "option_groups": many(_GROUP, sizes.OPTIONS, "groups of choices"),
}
_FIRST = {"initial_option": _OPTION}
_FIRSTS = {"initial_options": many(_OPTION, sizes.OPTIONS, "choices"), "max_selected_items": number(1, 1000)}
_QUERY = {"min_query_length": number(0, 3000)}
_DISPATCH = shape(
    "", {"trigger_actions_on": many(one_of("on_enter_pressed", "on_character_entered"), 2, "triggers")}, {}
)
_TYPED = {**_ID, "dispatch_action_config": _DISPATCH, "placeholder": plain(sizes.PLACEHOLDER), "focus_on_load": whether}
_TICKS = {"options": many(_OPTION, sizes.TICKS, "choices")}


def _choices(element: Mapping[str, Any]) -> list[Any]:
    groups = element.get("option_groups", ())
    return [*element.get("options", ()), *(choice for group in groups for choice in group["options"])]


def _menu(element: Any) -> Any:
    """Choices, or groups of them, not both; every value once; what is chosen at first is one of them."""
    if bool(element.get("options")) == bool(element.get("option_groups")):
        return None
    known = _choices(element)
    if len({choice["value"] for choice in known}) < len(known):
        return None
    if element.get("initial_option") not in known:
        element.pop("initial_option", None)
    chosen = [choice for choice in element.pop("initial_options", ()) if choice in known]
    return {**element, "initial_options": chosen} if chosen else element


ELEMENTS: dict[str, Fitter] = {
    "button": shape(
        "button",
        {"text": plain(sizes.BUTTON), **_ID, "value": string(sizes.BUTTON_VALUE)},
        {
            "style": one_of("primary", "danger"),
            "confirm": _CONFIRM,
            "accessibility_label": string(sizes.BUTTON),
        },
    ),
    "static_select": shape("static_select", _ID, {**_HINT, **_LISTS, **_FIRST}, _menu),
    "multi_static_select": shape("multi_static_select", _ID, {**_HINT, **_LISTS, **_FIRSTS}, _menu),
    "external_select": shape("external_select", _ID, {**_HINT, **_QUERY, **_FIRST}),
    "multi_external_select": shape("multi_external_select", _ID, {**_HINT, **_QUERY, **_FIRSTS}),
    "checkboxes": shape("checkboxes", _ID, {**_ASK, **_TICKS, **_FIRSTS}, _menu),
    "datepicker": shape("datepicker", _ID, {**_HINT, "initial_date": string(10)}),
    "plain_text_input": shape(
        "plain_text_input",
        _ID,
        {**_TYPED, "initial_value": string(sizes.INPUT), "multiline": whether, "max_length": number(1, sizes.INPUT)},
    ),
    "number_input": shape(
        "number_input", {**_ID, "is_decimal_allowed": whether}, {**_TYPED, "initial_value": string(100)}
    ),
}
MENUS = ("static_select", "multi_static_select", "external_select", "multi_external_select")
accessory = typed(ELEMENTS, "button", "checkboxes", "datepicker", *MENUS)
acting = typed(ELEMENTS, "button", "checkboxes", "datepicker", "static_select", "external_select")
asking = typed(ELEMENTS, "plain_text_input", "number_input", "checkboxes", "datepicker", *MENUS)
