"""What Slack is to show leaves the renderers as a Message: a text, blocks that fit, and metadata to find it again by."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

EVENT_TYPE = "signalbox_message"
Block = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Arguments of `chat.postMessage` and `chat.update`, already within Slack's sizes.

    `text` (mrkdwn, escaped, at most limits.TEXT characters) is what notifications and screen readers tell, and what is
    left where the blocks cannot be shown. `metadata` has Slack's shape: `event_type` and a flat `event_payload`.
    """

    text: str
    blocks: tuple[Block, ...]
    metadata: Mapping[str, Any] | None = None

    def keyed(self, key: str) -> "Message":
        """The same message with `key` in its metadata, by which it can be looked up after an unknown outcome."""
        payload = {**(self.metadata or {}).get("event_payload", {}), "key": key}
        return replace(self, metadata={"event_type": EVENT_TYPE, "event_payload": payload})


def metadata(kind: str, run_id: int, sequence: int) -> dict[str, Any]:
    """Metadata of a message about a run: its kind (card, trouble, recap) and how new it is (events folded)."""
    return {"event_type": EVENT_TYPE, "event_payload": {"kind": kind, "run": run_id, "sequence": sequence}}
