"""Blocks of a message or view: a list of them enters, HTML leaves."""

from collections.abc import Callable
from typing import Any

from tests.fake_slack.page import rich
from tests.fake_slack.page.elements import control, spoken
from tests.fake_slack.page.mrkdwn import mrkdwn, plain

State = dict[str, dict[str, Any]]


def draw(
    blocks: list[dict[str, Any]], state: State | None = None, errors: dict[str, str] | None = None, *, about: str = ""
) -> str:
    """All blocks, one below the other; `state` is what is filled in, `errors` what stands at the fields.

    With `about` (hidden fields that say which message it is) what can be pressed becomes a form of its own.
    """
    return "".join(_one(block, state or {}, errors or {}, about) for block in blocks)


def _one(block: dict[str, Any], state: State, errors: dict[str, str], about: str) -> str:
    name = block.get("block_id", "")
    inside = _DRAW.get(block["type"], _unknown)(block, state.get(name, {}))
    wrong = f'<p class="error" role="alert">{plain(errors[name])}</p>' if name in errors else ""
    drawn = f'<div class="block {block["type"]}">{inside}{wrong}</div>'
    if not about or not _acts(block):
        return drawn
    hidden = f'{about}<input type="hidden" name="block" value="{plain(name)}">'
    return f'<form method="post" action="/press" target="_top">{hidden}{drawn}</form>'


def _acts(block: dict[str, Any]) -> bool:
    return block["type"] == "actions" or bool(block.get("accessory"))


def _section(block: dict[str, Any], state: dict[str, Any]) -> str:
    fields = "".join(f'<div class="field">{spoken(field)}</div>' for field in block.get("fields", []))
    listed = f'<div class="fields">{fields}</div>' if fields else ""
    beside = block.get("accessory")
    drawn = f'<div class="accessory">{_act(beside, state)}</div>' if beside else ""
    return f'<div class="said">{spoken(block.get("text"))}{listed}</div>{drawn}'


def _header(block: dict[str, Any], _: dict[str, Any]) -> str:
    return f"<h3>{spoken(block['text'])}</h3>"


def _context(block: dict[str, Any], _: dict[str, Any]) -> str:
    return " ".join(
        control(each) if each["type"] == "image" else f"<span>{spoken(each)}</span>" for each in block["elements"]
    )


def _actions(block: dict[str, Any], state: dict[str, Any]) -> str:
    return "".join(_act(element, state) for element in block["elements"])


def _act(element: dict[str, Any], state: dict[str, Any]) -> str:
    """A control that tells the app at once; menus get a small button that does it."""
    drawn = control(element, state.get(element.get("action_id", "")))
    if element["type"] in ("button", "image", "workflow_button"):
        return drawn
    return f'{drawn}<button class="button" name="action" value="{plain(element["action_id"])}">choose</button>'


def _input(block: dict[str, Any], state: dict[str, Any]) -> str:
    element = block["element"]
    drawn = control(element, state.get(element["action_id"]))
    optional = " <small>(optional)</small>" if block.get("optional") else ""
    hint = f"<small>{spoken(block['hint'])}</small>" if block.get("hint") else ""
    at_once = f'<button class="button" name="action" value="{plain(element["action_id"])}">apply</button>'
    label = f"<label><b>{spoken(block['label'])}</b>{optional}</label>"
    return f"{label}{drawn}{at_once if block.get('dispatch_action') else ''}{hint}"


def _image(block: dict[str, Any], _: dict[str, Any]) -> str:
    return f'<span class="image">[{plain(block["alt_text"])}]</span>'


def _unknown(block: dict[str, Any], _: dict[str, Any]) -> str:
    return f"<i>{plain(block['type'])}</i>"


def _bare(function: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any], dict[str, Any]], str]:
    return lambda block, _: function(block)


_DRAW: dict[str, Callable[[dict[str, Any], dict[str, Any]], str]] = {
    "section": _section,
    "header": _header,
    "divider": lambda _block, _state: "<hr>",
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "markdown": lambda block, _: f"<div>{mrkdwn(block['text'])}</div>",
    "rich_text": _bare(rich.rich_text),
    "table": _bare(rich.table),
    "plan": _bare(rich.plan),
    "task_card": _bare(rich.task_card),
}
