"""Channels and what was said in them, page by page."""

import base64
from typing import Any

from tests.fake_slack.api.call import PREFIX, Call
from tests.fake_slack.errors import ApiError
from tests.fake_slack.state import Channel, Message

MOST, USUAL = 999, 100  # messages of one page


def info(call: Call) -> dict[str, Any]:
    """conversations.info."""
    channel = call.channel(scope="read")
    return {"channel": {**channel.json(), "is_member": call.token.user_id in channel.members}}


def join(call: Call) -> dict[str, Any]:
    """conversations.join."""
    channel = call.channel()
    if channel.kind != "channel":
        raise ApiError("method_not_supported_for_channel_type")
    if channel.archived:
        raise ApiError("is_archived")
    channel.members.add(call.token.user_id)
    return {"channel": channel.json()}


def open_(call: Call) -> dict[str, Any]:
    """conversations.open: with one person, or with several."""
    if call.get("channel"):
        return {"channel": call.channel().json()}
    users = [user.strip() for user in (call.get("users") or "").split(",") if user.strip()]
    if not users:
        raise ApiError("users_list_not_supplied")
    call.token.need(f"{PREFIX['im' if len(users) == 1 else 'mpim']}:write")
    for user in users:
        if call.workspace.user(user).deleted:
            raise ApiError("user_disabled")
    channel = call.workspace.direct(*users)
    return {"channel": channel.json() if call.get("return_im") else {"id": channel.id}}


def history(call: Call) -> dict[str, Any]:
    """conversations.history: newest first."""
    channel = call.inside(call.channel(scope="history"))
    return _paged(call, _within(call, list(reversed(channel.shown()))), channel)


def replies(call: Call) -> dict[str, Any]:
    """conversations.replies: oldest first, beginning with the parent."""
    channel = call.inside(call.channel(scope="history"))
    thread = channel.thread(call.get("ts"))
    if not thread:
        raise ApiError("thread_not_found")
    return _paged(call, _within(call, thread), channel)


def _within(call: Call, messages: list[Message]) -> list[Message]:
    """Those between `oldest` and `latest`; the bounds themselves only with `inclusive`."""
    oldest, latest = _bound(call, "oldest", 0), _bound(call, "latest", 10**12)
    if call.get("inclusive"):
        return [message for message in messages if oldest <= float(message.ts) <= latest]
    return [message for message in messages if oldest < float(message.ts) < latest]


def _bound(call: Call, name: str, otherwise: float) -> float:
    try:
        return float(call.get(name) or otherwise)
    except ValueError as mistake:
        raise ApiError(f"invalid_ts_{name}") from mistake


def _paged(call: Call, messages: list[Message], channel: Channel) -> dict[str, Any]:
    """One page with a cursor to the next; metadata only for who asks for it."""
    limit = min(int(call.get("limit") or USUAL), MOST)
    chosen, following = page(messages, call.get("cursor"), limit)
    shown = [message.json(metadata=bool(call.get("include_all_metadata"))) for message in chosen]
    for message in shown:
        _count_replies(message, channel)
    more: dict[str, Any] = {"response_metadata": {"next_cursor": following}} if following else {}
    return {"messages": shown, "has_more": bool(following), **more}


def _count_replies(message: dict[str, Any], channel: Channel) -> None:
    answers = [each for each in channel.thread(message["ts"]) if each.ts != message["ts"]]
    if answers:
        message |= {"reply_count": len(answers), "latest_reply": answers[-1].ts}


def page(found: list[Any], cursor: str | None, limit: int) -> tuple[list[Any], str]:
    """A page and the cursor of the next, empty at the end; raises `invalid_cursor`."""
    try:
        start = int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:")) if cursor else 0
    except ValueError as mistake:
        raise ApiError("invalid_cursor") from mistake
    end = start + max(1, limit)
    return found[start:end], base64.b64encode(f"next:{end}".encode()).decode() if end < len(found) else ""
