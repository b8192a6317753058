"""A Message enters and leaves as the text that is stored until it is sent; and the other way round."""

import json
from typing import Any

from bot.chat.slack.message import Message


def packed(message: Message, **more: Any) -> str:
    """The payload of a delivery; `more` is what its writer wants to find there again."""
    told = {"text": message.text, "blocks": list(message.blocks), **more}
    return json.dumps(told, separators=(",", ":"))


def unpacked(payload: str, *, plain: bool = False) -> Message:
    """The message of a payload; `plain` leaves its text only."""
    told = json.loads(payload)
    return Message(text=told["text"], blocks=() if plain else tuple(told["blocks"]))


def part(payload: str, name: str) -> Any:
    """What stands under `name` beside the message; None when nothing does."""
    return json.loads(payload).get(name)
