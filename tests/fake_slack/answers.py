"""What the app says outside of the API, by a response URL or in its acknowledgement: it becomes messages."""

import json
from typing import TYPE_CHECKING, Any

from tests.fake_slack.api.content import TEXT, attachments, blocks
from tests.fake_slack.blocks.shapes import size
from tests.fake_slack.errors import ApiError
from tests.fake_slack.interactions import ResponseUrl
from tests.fake_slack.reply import Reply, Request, json_reply, text_reply
from tests.fake_slack.state import Channel, Message
from tests.fake_slack.workspace import Workspace

if TYPE_CHECKING:
    from tests.fake_slack.slack import FakeSlack


def answer_url(slack: "FakeSlack", request: Request, name: str) -> Reply:
    """The reply of a response URL: `ok`, or 404 when it is used up or too old."""
    try:
        place = slack.interactions.use_url(name)
    except ApiError as refusal:
        if refusal.code == "used_url":
            slack.violate("response_url_overused", f"{name} was used more than five times")
        return json_reply(refusal.body(), 404)
    body = _object(request.body)
    if body is None:
        return text_reply("invalid_payload", 400)
    try:
        with slack.workspace.lock:
            say(slack.workspace, place, body)
    except ApiError as refusal:
        return json_reply(refusal.body(), 400)
    return text_reply("ok")


def say(work: Workspace, place: ResponseUrl, body: dict[str, Any]) -> None:
    """Post, replace or delete as the body asks; raises ApiError for content that Slack would not take."""
    channel = work.channel(place.channel)
    source = _source(channel, place.source)
    if body.get("delete_original"):
        _delete(channel, source)
        return
    said = _content(work, body)
    if body.get("replace_original") and source is not None:
        source.revisions.append(source.json())
        source.text, source.blocks, source.attachments = said["text"], said["blocks"], said["attachments"]
        return
    message = Message(
        ts=work.ids.ts(), channel=channel.id, user=work.bot_user, bot_id=work.bot, app_id=work.app,
        thread_ts=str(body.get("thread_ts") or ""), **said,
    )  # fmt: skip
    if body.get("response_type") == "in_channel":
        channel.messages[message.ts] = message
    else:
        message.viewer = place.user
        channel.ephemerals.append(message)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _content(work: Workspace, body: dict[str, Any]) -> dict[str, Any]:
    said = {
        "text": str(body.get("text") or ""),
        "blocks": blocks(body["blocks"], work.ids) if body.get("blocks") else [],
        "attachments": attachments(body.get("attachments"), work.ids),
    }
    if not any(said.values()):
        raise ApiError("no_text")
    if size(said["text"]) > TEXT:
        raise ApiError("msg_too_long")
    return said


def _source(channel: Channel, ts: str) -> Message | None:
    shown = [message for message in channel.ephemerals if message.ts == ts]
    return channel.messages.get(ts) or (shown[0] if shown else None)


def _delete(channel: Channel, source: Message | None) -> None:
    if source is None:
        raise ApiError("message_not_found")
    source.deleted = True
    channel.messages.pop(source.ts, None)
    channel.ephemerals[:] = [message for message in channel.ephemerals if message is not source]
