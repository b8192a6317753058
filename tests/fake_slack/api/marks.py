"""What is put on messages and threads: reactions, pins, an assistant's status; and blocks checked by themselves."""

from typing import Any

from tests.fake_slack.api.call import Call
from tests.fake_slack.api.content import blocks
from tests.fake_slack.errors import ApiError
from tests.fake_slack.state import Message


def add_reaction(call: Call) -> dict[str, Any]:
    """reactions.add."""
    users = _marked(call).reactions.setdefault(call.get("name"), [])
    if call.token.user_id in users:
        raise ApiError("already_reacted")
    users.append(call.token.user_id)
    return {}


def remove_reaction(call: Call) -> dict[str, Any]:
    """reactions.remove."""
    reactions = _marked(call).reactions
    users = reactions.get(call.get("name"), [])
    if call.token.user_id not in users:
        raise ApiError("no_reaction")
    users.remove(call.token.user_id)
    if not users:
        del reactions[call.get("name")]
    return {}


def add_pin(call: Call) -> dict[str, Any]:
    """pins.add."""
    call.inside(call.channel())
    message = _marked(call)
    if message.pinned:
        raise ApiError("already_pinned")
    message.pinned = True
    return {}


def set_status(call: Call) -> dict[str, Any]:
    """assistant.threads.setStatus."""
    channel = call.channel("channel_id")
    if call.get("thread_ts") not in channel.messages:
        raise ApiError("invalid_thread_ts")
    channel.statuses[call.get("thread_ts")] = call.get("status")
    return {}


def validate(call: Call) -> dict[str, Any]:
    """blocks.validate."""
    if not call.get("blocks"):
        raise ApiError("invalid_arguments")
    blocks(call.get("blocks"), call.workspace.ids)
    return {}


def _marked(call: Call) -> Message:
    if not call.get("channel") or not call.get("timestamp"):
        raise ApiError("no_item_specified")
    return call.message(call.channel(), call.get("timestamp"))
