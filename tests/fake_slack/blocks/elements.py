"""Interactive elements and images: a table of what each type may hold."""

from typing import Any

from tests.fake_slack.blocks import options as o
from tests.fake_slack.blocks.shapes import (
    Check,
    Complaints,
    anything,
    complain,
    integer,
    items,
    one_of,
    plain,
    shape,
    string,
    text,
    typed,
    whether,
)

_ID = {"type": anything, "action_id": string(255)}
_ASK = {**_ID, "confirm": o.confirm, "focus_on_load": whether}
_HINT = {**_ASK, "placeholder": plain(150)}
_DISPATCH = shape({}, {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), 1, 2)})
_MANY = {"max_selected_items": integer(1, 1000)}
_LISTS = {"options": items(o.option, 1, 100), "option_groups": items(o.group, 1, 100)}
_TYPED = {**_ID, "focus_on_load": whether, "placeholder": plain(150), "dispatch_action_config": _DISPATCH}
_IDS = items(string(255), 0, 1000)
_DATE, _TIME = string(10, least=10), string(5, least=5)


def _picked(what: str) -> tuple[Check, Check]:
    """A menu of users, channels or conversations, and the one in which many may be chosen."""
    more = {"response_url_enabled": whether, "default_to_current_conversation": whether, "filter": anything}
    single = shape({}, {**_HINT, **more, f"initial_{what}": string(255)})
    return single, shape({}, {**_HINT, **_MANY, **more, f"initial_{what}s": _IDS})


def _lengths(value: dict[str, Any], at: str, found: Complaints) -> None:
    """An input's least length is no more than its greatest, and what stands in it at first fits."""
    least, most = value.get("min_length", 0), value.get("max_length", 3000)
    if not isinstance(least, int) or not isinstance(most, int):
        return
    if least > most:
        complain(found, "min_length must be no more than max_length", at)
    if len(str(value.get("initial_value") or "")) > most:
        complain(found, f"must be less than {most + 1} characters", f"{at}/initial_value")


_BUTTON = {
    **_ID,
    "url": string(3000),
    "value": string(2000),
    "style": one_of("primary", "danger"),
    "confirm": o.confirm,
    "accessibility_label": string(75),
}
_MENU = (o.one_kind, o.initial_known)
_TICKS = {**_ASK, "options": items(o.ticked, 1, 10)}
_USERS, _CHANNELS, _CONVERSATIONS = _picked("user"), _picked("channel"), _picked("conversation")
ELEMENTS: dict[str, Check] = {
    "button": shape({"text": plain(75)}, _BUTTON),
    "workflow_button": shape({"text": plain(75), "workflow": anything}, {**_BUTTON}),
    "image": shape({"alt_text": string(2000)}, {"type": anything, "image_url": string(3000), "slack_file": anything}),
    "static_select": shape({}, {**_HINT, **_LISTS, "initial_option": o.option}, *_MENU),
    "multi_static_select": shape({}, {**_HINT, **_MANY, **_LISTS, "initial_options": items(o.option, 1, 100)}, *_MENU),
    "external_select": shape({}, {**_HINT, "min_query_length": integer(0, 3000), "initial_option": o.option}),
    "multi_external_select": shape(
        {}, {**_HINT, **_MANY, "min_query_length": integer(0, 3000), "initial_options": items(o.option, 1, 100)}
    ),
    "users_select": _USERS[0],
    "multi_users_select": _USERS[1],
    "channels_select": _CHANNELS[0],
    "multi_channels_select": _CHANNELS[1],
    "conversations_select": _CONVERSATIONS[0],
    "multi_conversations_select": _CONVERSATIONS[1],
    "overflow": shape({"options": items(o.linked, 1, 5)}, {**_ID, "confirm": o.confirm}),
    "checkboxes": shape({}, {**_TICKS, "initial_options": items(o.ticked, 1, 10)}, o.initial_known),
    "radio_buttons": shape({}, {**_TICKS, "initial_option": o.ticked}, o.initial_known),
    "datepicker": shape({}, {**_HINT, "initial_date": _DATE}),
    "timepicker": shape({}, {**_HINT, "initial_time": _TIME, "timezone": string(255)}),
    "datetimepicker": shape({}, {**_ASK, "initial_date_time": integer(10**9, 10**10 - 1)}),
    "plain_text_input": shape(
        {},
        {
            **_TYPED,
            "initial_value": string(3000, least=0),
            "multiline": whether,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
        _lengths,
    ),
    "number_input": shape(
        {"is_decimal_allowed": whether},
        {**_TYPED, "initial_value": string(100), "min_value": string(100), "max_value": string(100)},
    ),
    "email_text_input": shape({}, {**_TYPED, "initial_value": string(255)}),
    "url_text_input": shape({}, {**_TYPED, "initial_value": string(3000)}),
    "rich_text_input": shape({}, {**_TYPED, "initial_value": anything}),
    "file_input": shape({}, {**_ID, "filetypes": items(string(20), 0, 50), "max_files": integer(1, 10)}),
    "plain_text": text(3000, "plain_text"),
    "mrkdwn": text(3000, "mrkdwn"),
}
_CHOOSERS = ("static_select", "external_select", "users_select", "channels_select", "conversations_select")
_MULTI = tuple(f"multi_{name}" for name in _CHOOSERS)
_PICKERS = ("datepicker", "timepicker", "checkboxes", "radio_buttons")
accessory = typed(ELEMENTS, "button", "workflow_button", "image", "overflow", *_CHOOSERS, *_MULTI, *_PICKERS)
acting = typed(
    ELEMENTS, "button", "workflow_button", "overflow", "datetimepicker", "rich_text_input", *_CHOOSERS, *_PICKERS
)
asking = typed(
    ELEMENTS,
    "plain_text_input",
    "number_input",
    "email_text_input",
    "url_text_input",
    "rich_text_input",
    "file_input",
    "datetimepicker",
    *_CHOOSERS,
    *_MULTI,
    *_PICKERS,
)
context = typed(ELEMENTS, "image", "plain_text", "mrkdwn")
