"""The blocks themselves: a table of what each type may hold, and where it may stand."""

from typing import Any

from tests.fake_slack.blocks import rich
from tests.fake_slack.blocks.elements import accessory, acting, asking, context
from tests.fake_slack.blocks.shapes import (
    Check,
    Complaints,
    anything,
    complain,
    items,
    one_of,
    plain,
    shape,
    string,
    text,
    typed,
    whether,
)

_BLOCK = {"type": anything, "block_id": string(255)}


def _said(value: dict[str, Any], at: str, found: Complaints) -> None:
    """A section says something: in `text`, in `fields`, or in both."""
    if not value.get("text") and not value.get("fields"):
        complain(found, "missing required field: text or fields", at)


def _pictured(value: dict[str, Any], at: str, found: Complaints) -> None:
    if bool(value.get("image_url")) == bool(value.get("slack_file")):
        complain(found, "must provide exactly one of image_url and slack_file", at)


_FEEDBACK = shape({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})
_CONTEXT_ACTIONS: dict[str, Check] = {
    "feedback_buttons": shape(
        {"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, {"type": anything, "action_id": string(255)}
    ),
    "icon_button": shape(
        {"text": plain(75), "icon": one_of("trash")},
        {"type": anything, "action_id": string(255), "value": string(2000), "confirm": anything},
    ),
}
BLOCKS: dict[str, Check] = {
    "section": shape(
        {},
        {
            **_BLOCK,
            "text": text(3000),
            "fields": items(text(2000), 1, 10),
            "accessory": accessory,
            "expand": whether,
        },
        _said,
    ),
    "header": shape({"text": plain(150)}, _BLOCK),
    "divider": shape({}, _BLOCK),
    "image": shape(
        {"alt_text": string(2000)},
        {**_BLOCK, "image_url": string(3000), "slack_file": anything, "title": plain(2000)},
        _pictured,
    ),
    "context": shape({"elements": items(context, 1, 10)}, _BLOCK),
    "actions": shape({"elements": items(acting, 1, 25)}, _BLOCK),
    "context_actions": shape({"elements": items(typed(_CONTEXT_ACTIONS), 1, 5)}, _BLOCK),
    "input": shape(
        {"label": plain(2000), "element": asking},
        {**_BLOCK, "hint": plain(2000), "optional": whether, "dispatch_action": whether},
    ),
    "markdown": shape({"text": string(12_000)}, _BLOCK),
    "rich_text": rich.rich_text,
    "table": rich.table,
    "plan": rich.plan,
    "task_card": rich.task_card,
}
IN_MESSAGES_ONLY = {"markdown", "table", "plan", "task_card", "context_actions"}
in_message = typed(BLOCKS)
in_view = typed(BLOCKS, *(name for name in BLOCKS if name not in IN_MESSAGES_ONLY))


def unique_ids(blocks: Any, at: str, found: Complaints) -> None:
    """No block_id stands twice; within a block, no action_id."""
    seen: set[str] = set()
    for index, block in enumerate(blocks if isinstance(blocks, list) else []):
        if not isinstance(block, dict):
            continue
        name = str(block.get("block_id") or "")
        if name and name in seen:
            complain(found, f"`block_id` already exists: {name}", f"{at}/{index}/block_id")
        seen.add(name)
        ids = [str(each.get("action_id")) for each in elements_of(block) if each.get("action_id")]
        for twice in sorted({each for each in ids if ids.count(each) > 1}):
            complain(found, f'`action_id` "{twice}" already exists', f"{at}/{index}/elements")


def elements_of(block: dict[str, Any]) -> list[dict[str, Any]]:
    """The interactive elements of a block."""
    listed = block.get("elements") if isinstance(block.get("elements"), list) else []
    inside = [*listed, block.get("accessory"), block.get("element")]
    return [each for each in inside if isinstance(each, dict)]
