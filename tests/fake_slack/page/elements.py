"""Elements to press and fill in: an element enters, HTML of a form's control leaves."""

from collections.abc import Callable
from typing import Any

from tests.fake_slack.blocks.options import choices
from tests.fake_slack.page.mrkdwn import mrkdwn, plain

_TYPES = {
    "number_input": "number",
    "datepicker": "date",
    "timepicker": "time",
    "email_text_input": "email",
    "url_text_input": "url",
}


def spoken(text: dict[str, Any] | None) -> str:
    """A text object."""
    if not text:
        return ""
    return mrkdwn(text["text"]) if text["type"] == "mrkdwn" else plain(text["text"]).replace("\n", "<br>")


def control(element: dict[str, Any], state: dict[str, Any] | None = None) -> str:
    """The control that a person would use; its name is the action_id, its value what is filled in already."""
    state = state or {}
    kind = element["type"]
    draw = _DRAW.get(kind.removeprefix("multi_"))
    if draw is not None:
        return draw(element, state)
    value = next((v for n, v in state.items() if n != "type" and v), None) or element.get("initial_value") or ""
    extra = ' step="any"' if element.get("is_decimal_allowed") else ""
    hint = plain((element.get("placeholder") or {}).get("text", ""))
    name, shown = plain(element.get("action_id", "")), plain(str(value))
    if element.get("multiline"):
        return f'<textarea name="{name}" rows="4" placeholder="{hint}">{shown}</textarea>'
    return f'<input type="{_TYPES.get(kind, "text")}" name="{name}" value="{shown}" placeholder="{hint}"{extra}>'


def _chosen(element: dict[str, Any], state: dict[str, Any]) -> list[str]:
    one = state.get("selected_option") or element.get("initial_option")
    many = state.get("selected_options") or element.get("initial_options") or []
    return [option["value"] for option in ([one] if one else many)]


def _button(element: dict[str, Any], _: dict[str, Any]) -> str:
    if element.get("url"):
        return f'<a class="button" href="{plain(element["url"])}">{spoken(element["text"])}</a>'
    asks = element.get("confirm")
    sure = f' title="asks first: {plain(asks["title"]["text"])}"' if asks else ""
    name, style = plain(element["action_id"]), plain(element.get("style", ""))
    return f'<button class="button {style}" name="action" value="{name}"{sure}>{spoken(element["text"])}</button>'


def _select(element: dict[str, Any], state: dict[str, Any]) -> str:
    chosen = _chosen(element, state)
    many = " multiple" if element["type"].startswith("multi_") else ""
    options = "".join(
        f'<option value="{plain(o["value"])}"{" selected" if o["value"] in chosen else ""}>{spoken(o["text"])}</option>'
        for o in choices(element)
    )
    hint = spoken(element.get("placeholder")) or "choose"
    first = "" if many else f'<option value="">{hint}</option>'
    return f'<select name="{plain(element["action_id"])}"{many}>{first}{options}</select>'


def _external(element: dict[str, Any], state: dict[str, Any]) -> str:
    """A field that asks the app for options while one types; several values are parted by commas."""
    name, value = plain(element["action_id"]), plain(",".join(_chosen(element, state)))
    hint = plain((element.get("placeholder") or {}).get("text", "type to search"))
    field = f'<input name="{name}" value="{value}" placeholder="{hint}" list="{name}-list" class="external">'
    return f'{field}<datalist id="{name}-list"></datalist>'


def _ticks(element: dict[str, Any], state: dict[str, Any]) -> str:
    chosen = _chosen(element, state)
    kind = "radio" if element["type"] == "radio_buttons" else "checkbox"
    name = plain(element["action_id"])
    return "".join(
        f'<label class="tick"><input type="{kind}" name="{name}" value="{plain(o["value"])}"'
        f"{' checked' if o['value'] in chosen else ''}> {spoken(o['text'])} "
        f"<small>{spoken(o.get('description'))}</small></label>"
        for o in element["options"]
    )


def _image(element: dict[str, Any], _: dict[str, Any]) -> str:
    return f'<span class="image">[{plain(element["alt_text"])}]</span>'


_DRAW: dict[str, Callable[[dict[str, Any], dict[str, Any]], str]] = {
    "button": _button,
    "workflow_button": _button,
    "static_select": _select,
    "overflow": _select,
    "external_select": _external,
    "checkboxes": _ticks,
    "radio_buttons": _ticks,
    "image": _image,
}
