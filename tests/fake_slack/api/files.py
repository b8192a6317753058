"""Files in three steps: announced, uploaded to the address that was answered, completed into a channel."""

import json
from typing import Any

from tests.fake_slack.api.call import Call
from tests.fake_slack.api.content import blocks
from tests.fake_slack.errors import ApiError, wrong
from tests.fake_slack.state import Channel, File, Message
from tests.fake_slack.workspace import Workspace


def get_upload_url(call: Call) -> dict[str, Any]:
    """files.getUploadURLExternal."""
    settings = call.workspace.settings
    if not settings.file_uploads:
        raise ApiError("file_uploads_disabled")
    if not settings.storage_left:
        raise ApiError("storage_limit_reached")
    if call.get("length") < 1:
        raise ApiError("missing_argument")
    file = File(
        id=call.workspace.ids.new("F"), name=call.get("filename"), length=call.get("length"), user=call.token.user_id
    )
    call.workspace.files[file.id] = file
    return {"file_id": file.id, "upload_url": f"{call.base}/upload/v1/{file.id}"}


def upload(workspace: Workspace, file_id: str, body: bytes) -> tuple[int, str]:
    """What the address of an upload answers to this body: status and text."""
    with workspace.lock:
        file = workspace.files.get(file_id)
        if file is None or file.completed:
            return 404, "Not Found"
        if len(body) != file.length:
            return 400, f"Bad Request: {file.length} bytes were announced, {len(body)} came"
        file.content = body
        return 200, f"OK - {len(body)}"


def complete(call: Call) -> dict[str, Any]:
    """files.completeUploadExternal: all files become one message in each channel."""
    files = [_uploaded(call, each) for each in _listed(call)]
    names = [call.get("channel_id") or "", *(call.get("channels") or "").split(",")]
    channels = [_shared(call, name) for name in names if name]
    for file in files:
        file.completed = True
        file.channels = [channel.id for channel in channels]
    for channel in channels:
        _share(call, channel, files)
    return {"files": [{"id": file.id, "title": file.title or file.name} for file in files]}


def _listed(call: Call) -> list[dict[str, Any]]:
    given = call.get("files")
    try:
        found = json.loads(given) if isinstance(given, str) else given
    except ValueError as mistake:
        raise wrong("invalid_arguments", "must be a valid JSON array [json-pointer:/files]") from mistake
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) and "id" in each for each in found):
        raise wrong("invalid_arguments", "must be an array of objects with id [json-pointer:/files]")
    return found


def _uploaded(call: Call, named: dict[str, Any]) -> File:
    file = call.workspace.files.get(str(named["id"]))
    if file is None or file.content is None or file.completed:
        raise ApiError("file_not_found")
    file.title = str(named.get("title") or "")
    return file


def _shared(call: Call, name: str) -> Channel:
    """A channel that files may go to; unlike messages they need its id, and the bot in it."""
    if name not in call.workspace.channels:
        raise ApiError("channel_not_found")
    channel = call.workspace.channels[name]
    if channel.archived:
        raise ApiError("posting_to_channel_denied")
    return call.inside(channel)


def _share(call: Call, channel: Channel, files: list[File]) -> None:
    thread = call.get("thread_ts") or ""
    if thread and thread not in channel.messages:
        call.violate("thread_missing", f"there is no message {thread} in {channel.id}")
        thread = ""
    if thread:
        channel.messages[thread].thread_ts = thread
    message = Message(
        ts=call.workspace.ids.ts(),
        channel=channel.id,
        user=call.token.user_id,
        bot_id=call.token.bot_id,
        app_id=call.workspace.app,
        text=call.get("initial_comment") or "",
        blocks=blocks(call.get("blocks"), call.workspace.ids) if call.get("blocks") else [],
        thread_ts=thread,
        files=list(files),
    )
    channel.messages[message.ts] = message
