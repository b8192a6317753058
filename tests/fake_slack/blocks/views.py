"""Modals and home tabs: a view enters, what is wrong with it leaves."""

import json
from typing import Any

from tests.fake_slack.blocks.kinds import in_view, unique_ids
from tests.fake_slack.blocks.shapes import Complaints, anything, complain, items, plain, shape, string, typed, whether

VIEW_SIZE = 250_000  # characters of the whole view as JSON


def _submittable(view: dict[str, Any], at: str, found: Complaints) -> None:
    """A modal that asks for something has a submit button."""
    blocks = view.get("blocks") if isinstance(view.get("blocks"), list) else []
    asks = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
    if asks and not view.get("submit"):
        complain(found, "missing required field: submit", at)


_COMMON = {
    "type": anything,
    "private_metadata": string(3000, least=0),
    "callback_id": string(255, least=0),
    "external_id": string(255, least=0),
}
_blocks = {"blocks": items(in_view, 0, 100)}
_KINDS = {
    "modal": shape(
        {"title": plain(24), **_blocks},
        {
            **_COMMON,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": whether,
            "notify_on_close": whether,
            "submit_disabled": whether,
        },
        _submittable,
    ),
    "home": shape(_blocks, _COMMON),
}


def check_view(view: Any, *kinds: str) -> Complaints:
    """What is wrong with the view, which must be one of these kinds."""
    found: Complaints = []
    typed(_KINDS, *kinds)(view, "/view", found)
    if isinstance(view, dict):
        unique_ids(view.get("blocks"), "/view/blocks", found)
    return found


def too_large(view: Any) -> bool:
    """Whether Slack would not take it at all."""
    return len(json.dumps(view, ensure_ascii=False)) > VIEW_SIZE
