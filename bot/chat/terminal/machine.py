"""RunEvents enter; the objects of `--json` leave, one for a line, each with its `type`."""

from typing import Any

from bot.model.codec import to_plain
from bot.model.event import RunEvent


def event_json(event: RunEvent) -> dict[str, Any]:
    """The event as JSON knows it: `type` is `event`, the rest are the fields of RunEvent, unchanged."""
    return {"type": "event", **to_plain(event)}
