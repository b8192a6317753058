"""Messages: posted, shown to one person, edited, deleted, linked to."""

import json
from typing import Any

from tests.fake_slack.api.call import Call
from tests.fake_slack.api.content import TEXT, content, metadata
from tests.fake_slack.errors import ApiError
from tests.fake_slack.state import Channel, Message

EDITED = 4_000  # characters of text in chat.update
_CUSTOM = ("username", "icon_emoji", "icon_url")


def post_message(call: Call) -> dict[str, Any]:
    """chat.postMessage."""
    channel = _destination(call)
    _customized(call)
    said = content(call, most=TEXT, cut=True)
    about = metadata(call.get("metadata"))
    thread = _thread(call, channel)
    message = _own(call, channel, **said, metadata=about, thread_ts=thread, broadcast=bool(call.get("reply_broadcast")))
    message.key = _key(channel, about)
    _not_twice(call, channel, message)
    channel.messages[message.ts] = message
    return {"channel": channel.id, "ts": message.ts, "message": message.json()}


def post_ephemeral(call: Call) -> dict[str, Any]:
    """chat.postEphemeral."""
    channel = call.inside(_destination(call))
    _customized(call)
    viewer = call.workspace.user(call.get("user")).id
    if viewer not in channel.members:
        raise ApiError("user_not_in_channel")
    said = content(call, most=TEXT, cut=False)
    message = _own(call, channel, **said, viewer=viewer, thread_ts=_thread(call, channel))
    channel.ephemerals.append(message)
    return {"message_ts": message.ts}


def update(call: Call) -> dict[str, Any]:
    """chat.update: text alone drops the blocks, metadata is kept if it is left out."""
    channel = call.channel()
    if channel.archived:
        raise ApiError("is_inactive")
    message = _mine(call, channel, "cant_update_message")
    said = content(call, most=EDITED, cut=False)
    about = metadata(call.get("metadata")) if "metadata" in call.arguments else message.metadata
    message.revisions.append(message.json())
    message.text, message.blocks, message.attachments = said["text"], said["blocks"], said["attachments"]
    message.metadata = about
    message.edited = {"user": call.token.user_id, "ts": call.workspace.ids.ts()}
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": message.json()}


def delete(call: Call) -> dict[str, Any]:
    """chat.delete."""
    channel = call.channel()
    message = _mine(call, channel, "cant_delete_message")
    message.deleted = True
    del channel.messages[message.ts]
    return {"channel": channel.id, "ts": message.ts}


def permalink(call: Call) -> dict[str, Any]:
    """chat.getPermalink."""
    channel = call.channel()
    message = call.message(channel, call.get("message_ts"))
    address = f"{call.base}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": address}


def _destination(call: Call) -> Channel:
    """The channel to post into; a person's id stands for the conversation with them."""
    name = str(call.get("channel"))
    if name in call.workspace.users:
        return call.workspace.direct(name)
    channel = call.channel()
    if channel.archived:
        raise ApiError("is_archived")
    if "chat:write.public" in call.token.scopes and channel.kind == "channel":
        return channel
    return call.inside(channel)


def _customized(call: Call) -> None:
    if any(call.get(name) for name in _CUSTOM):
        call.token.need("chat:write.customize")


def _thread(call: Call, channel: Channel) -> str:
    """The thread to answer in; one that is not there, or a reply in the parent's place, is the app's mistake."""
    ts = call.get("thread_ts") or ""
    if not ts:
        return ""
    parent = channel.messages.get(ts)
    if parent is None:
        call.violate("thread_missing", f"there is no message {ts} in {channel.id}")
        raise ApiError("thread_not_found")
    if parent.thread_ts and parent.thread_ts != parent.ts:
        call.violate("thread_ts_of_reply", f"{ts} is itself a reply to {parent.thread_ts}")
        return parent.thread_ts
    parent.thread_ts = parent.ts
    return parent.ts


def _own(call: Call, channel: Channel, **said: Any) -> Message:
    """A new message of the bot."""
    return Message(
        ts=call.workspace.ids.ts(),
        channel=channel.id,
        user=call.token.user_id,
        bot_id=call.token.bot_id,
        app_id=call.workspace.app,
        **said,
    )


def _mine(call: Call, channel: Channel, refusal: str) -> Message:
    """The message, if the bot wrote it."""
    message = call.message(channel, call.get("ts"))
    if message.user != call.token.user_id:
        call.violate("foreign_message", f"{message.ts} in {channel.id} is of {message.user}")
        raise ApiError(refusal)
    return message


def _key(channel: Channel, about: dict[str, Any] | None) -> str:
    return f"{channel.id} {json.dumps(about, sort_keys=True)}" if about else ""


def _not_twice(call: Call, channel: Channel, message: Message) -> None:
    """The same metadata twice in a channel is the same thing said twice."""
    if message.key and any(message.key == other.key for other in channel.messages.values()):
        call.violate("posted_twice", f"a message with the metadata {message.metadata} is in {channel.id} already")
