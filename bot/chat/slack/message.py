"""What Slack is to show leaves the renderers as a Message: a text, blocks that fit, metadata to find it again by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EVENT_TYPE = "signalbox"
Block = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Arguments of `chat.postMessage` and `chat.update`, already within Slack's sizes.

    `text` (mrkdwn, escaped, at most sizes.TEXT characters) is what notifications and screen readers tell, and what is
    left where the blocks cannot be shown. `metadata` has Slack's shape: `event_type` and a flat `event_payload`, to
    which whoever posts adds the key.
    """

    text: str
    blocks: tuple[Mapping[str, Any], ...]
    metadata: Mapping[str, Any] | None = None


def metadata(kind: str, run_id: int, sequence: int) -> dict[str, Any]:
    """Metadata of a message about a run: its kind (card, trouble, recap) and how new it is (events folded)."""
    return {"event_type": EVENT_TYPE, "event_payload": {"kind": kind, "run": run_id, "sequence": sequence}}
