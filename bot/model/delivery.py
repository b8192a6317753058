"""What must reach a conversation, as it travels from who writes it to who stores it and sends it."""

from dataclasses import dataclass
from enum import StrEnum


class DeliveryKind(StrEnum):
    """What a delivery is; each kind has its own shape of `payload` (JSON)."""

    MESSAGE = "message"
    """`{"text": mrkdwn, "blocks": [...]}`, and whatever its writer wants to find there again."""

    FILE = "file"
    """`{"filename": name}`: the whole log of the run, made when it is sent."""

    EPHEMERAL = "ephemeral"
    """`{"user": id, "text": mrkdwn, "blocks": [...]}`, shown to one person only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing to show, once, under a `key` that no other delivery has (`card:12`, `recap:12`, `say:...`).

    `version` says how new the payload is; a newer one takes its place, an older one or an equal one changes nothing.
    `parent` is the key of the delivery in whose thread it goes, and after which it comes; `channel` and `thread` say
    where it goes when that one is not known. `urgent` goes first: final states. `asker` is the id of the person who
    is told when the conversation cannot be written to, or empty.
    """

    key: str
    channel: str
    payload: str
    kind: DeliveryKind = DeliveryKind.MESSAGE
    run_id: int | None = None
    thread: str = ""
    parent: str = ""
    version: int = 0
    urgent: bool = False
    asker: str = ""
