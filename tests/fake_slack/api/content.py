"""What a message says: arguments enter, checked text, blocks, attachments and metadata leave."""

import json
from typing import Any

from tests.fake_slack.api.call import Call
from tests.fake_slack.blocks import check_message, needs_ids, total
from tests.fake_slack.blocks.message import TOTAL
from tests.fake_slack.blocks.shapes import size
from tests.fake_slack.errors import ApiError, wrong
from tests.fake_slack.ids import Ids

TEXT, MARKDOWN, METADATA, ATTACHMENTS = 40_000, 12_000, 8_000, 100  # characters; metadata's is not documented


def blocks(given: Any, ids: Ids) -> list[dict[str, Any]]:
    """The blocks, checked, with ids; a list, or JSON of one.

    Raises `invalid_blocks_format`, `invalid_blocks`, `msg_blocks_too_long`.
    """
    found = given
    if isinstance(given, str):
        try:
            found = json.loads(given or "[]")
        except ValueError as mistake:
            raise ApiError("invalid_blocks_format") from mistake
    if not isinstance(found, list):
        raise ApiError("invalid_blocks_format")
    mistakes = check_message(found)
    if mistakes:
        raise wrong("invalid_blocks", *mistakes)
    if total(found) > TOTAL:
        raise ApiError("msg_blocks_too_long")
    return needs_ids(found, ids)


def attachments(given: Any, ids: Ids) -> list[dict[str, Any]]:
    """The attachments; the blocks in them are checked like the others."""
    found = json.loads(given) if isinstance(given, str) and given else given or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ApiError("invalid_attachments")
    if len(found) > ATTACHMENTS:
        raise ApiError("too_many_attachments")
    return [{**each, **({"blocks": blocks(each["blocks"], ids)} if "blocks" in each else {})} for each in found]


def metadata(given: Any) -> dict[str, Any] | None:
    """The metadata: `event_type` and a flat `event_payload`.

    Raises `invalid_metadata_format`, `invalid_metadata_schema`, `metadata_too_large`.
    """
    if given in (None, ""):
        return None
    try:
        found = json.loads(given) if isinstance(given, str) else given
    except ValueError as mistake:
        raise ApiError("invalid_metadata_format") from mistake
    if not isinstance(found, dict):
        raise ApiError("invalid_metadata_format")
    if not found:
        return None
    if not isinstance(found.get("event_type"), str) or not isinstance(found.get("event_payload"), dict):
        raise ApiError("invalid_metadata_schema")
    if len(json.dumps(found)) > METADATA:
        raise ApiError("metadata_too_large")
    return found


def content(call: Call, *, most: int, cut: bool) -> dict[str, Any]:
    """Text, blocks, attachments of a call; text longer than `most` is cut where Slack cuts, else `msg_too_long`.

    Raises `no_text` when it says nothing, `markdown_text_conflict` when it says it twice.
    """
    ids = call.workspace.ids
    markdown, text = call.get("markdown_text", ""), call.get("text") or ""
    if markdown and (text or call.get("blocks")):
        raise ApiError("markdown_text_conflict")
    if size(markdown) > MARKDOWN:
        raise ApiError("msg_too_long")
    said = {
        "blocks": blocks(call.get("blocks"), ids) if call.get("blocks") else [],
        "attachments": attachments(call.get("attachments"), ids),
        "text": markdown or text,
    }
    if not any(said.values()):
        raise ApiError("no_text")
    if size(said["text"]) > most:
        if not cut:
            raise ApiError("msg_too_long")
        call.violate("text_cut", f"text of {size(said['text'])} characters was cut to {most}")
        said["text"] = said["text"][:most]
    if not text and not markdown:
        call.violate("no_fallback_text", "blocks without `text`: notifications and screen readers have nothing to say")
    return said
