"""What must reach a conversation enters and is kept; it leaves for whoever sends it, who says how that went.

A delivery is pending until what was shown is its newest version, then sent, until a newer version comes; it is gone
when it can never be shown. Times are seconds since the epoch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from bot.ledger.rows import Row
from bot.model.delivery import Delivery, DeliveryKind

HOLD_SECONDS = 30.0
"""How long nobody else touches a delivery that somebody began to send: longer than any call to a chat lasts."""

LONGEST_SECONDS = 300.0
"""Nobody puts a delivery off for longer: what has longer to wait is from before the clock was set back, and is due."""

NEVER = -1
"""The `sent_version` of what was never shown."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENT = "sent"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A delivery with what became of it so far; its place is the parent's thread where it has a parent.

    `ts` is the chat's name for what is shown, empty before. `attempt` counts every sending and proves whose it was;
    `failures` those since the last success. `doubtful`: a sending ended and nobody knows how, so that it must be looked
    up (since `tried_at`) before it is made again. `plain`: the blocks of this version were refused. `copies` counts how
    often it had to be posted anew. `orphaned`: its parent is gone.
    """

    delivery: Delivery
    state: DeliveryState
    ts: str
    sent_version: int
    attempt: int
    failures: int
    doubtful: bool
    plain: bool
    copies: int
    tried_at: float
    sent_at: float
    reason: str
    orphaned: bool = False


class Outbox(Protocol):
    """Safe for many threads and processes; every method may raise Unavailable.

    Who sends asks `due`, says `begin` before each sending, and one of `sent`, `later`, `plainly`, `anew`, `gone` after.
    Methods that change a delivery pass over a key that is not there.
    """

    def put(self, deliveries: Sequence[Delivery]) -> None:
        """Store all of them, or none; those there already take a newer version, and stay as they are otherwise."""

    def payloads(self, prefix: str) -> list[str]:
        """Payloads of all deliveries whose key begins so, in the order in which they were first put."""

    def get(self, key: str) -> Posted | None:
        """The delivery of that key."""

    def due(self, now: float, limit: int = 200) -> list[Posted]:
        """What may be sent now, urgent first, oldest first, payloads left out.

        What has a parent waits until that one is shown (in its newest version, if this one is urgent), and until what
        was put before it for the same parent is shown. When the parent is gone it is given out, `orphaned`. What would
        have to wait for more than LONGEST_SECONDS does not wait: the clock was set back since.
        """

    def begin(self, key: str, now: float) -> Posted | None:
        """It is about to be sent: the newest version with its payload. Nobody else is given it for HOLD_SECONDS.

        What was not posted yet is doubtful from here on; None when there is nothing to send any more.
        """

    def sent(self, begun: Posted, ts: str, now: float) -> None:
        """It is shown under `ts`; pending again if it has become newer, or if somebody else sent it meanwhile."""

    def found(self, key: str, ts: str, now: float) -> None:
        """It was looked up, and is there under `ts`, in the version that was sent last."""

    def absent(self, key: str) -> None:
        """It was looked up, and is not there: it may be posted."""

    def later(self, key: str, at: float, *, doubtful: bool, failed: bool, reason: str = "") -> None:
        """It was not sent, or nobody knows (`doubtful`); not before `at` again. `failed` counts as a failure.

        `at` is at most LONGEST_SECONDS from now; 0 is at once.
        """

    def plainly(self, key: str, reason: str) -> None:
        """Its blocks are refused: this version goes out as text, at once."""

    def anew(self, key: str, *, channel: str = "", reason: str = "") -> None:
        """It must be posted again: in the same place, or in another `channel` outside threads."""

    def gone(self, key: str, reason: str) -> None:
        """It can never be shown."""

    def forget(self, before: float) -> int:
        """Remove what was settled before, sent or gone; how many deliveries that were."""


def new_row(delivery: Delivery, now: datetime) -> dict[str, Any]:
    """The row of a delivery that nobody has begun to send, without its id."""
    return {
        **{field.name: getattr(delivery, field.name) for field in fields(delivery)},
        "kind": delivery.kind.value,
        "state": DeliveryState.PENDING.value,
        **dict.fromkeys(("ts", "reason"), ""),
        **dict.fromkeys(("sent_version", "tried_version"), NEVER),
        **dict.fromkeys(("attempt", "failures", "copies"), 0),
        **dict.fromkeys(("doubtful", "plain"), False),
        **dict.fromkeys(("next_at", "tried_at", "sent_at"), 0.0),
        "created_at": now,
        "updated_at": now,
    }


def posted(row: Row, parent: Row | None) -> Posted:
    """A row, and that of its parent where there is one."""
    told = {name: row[name] for name in _OWN}
    told |= {"kind": DeliveryKind(row["kind"]), "payload": row.get("payload", "")}
    if parent is not None and parent["ts"]:
        told |= {"channel": parent["channel"], "thread": parent["thread"] or parent["ts"]}
    return Posted(
        delivery=Delivery(**told),
        state=DeliveryState(row["state"]),
        orphaned=parent is not None and parent["state"] == DeliveryState.GONE.value,
        **{name: row[name] for name in _WENT},
    )


def now_utc() -> datetime:
    """The time for `created_at` and `updated_at`."""
    return datetime.now(UTC)


_OWN = tuple(field.name for field in fields(Delivery) if field.name not in {"kind", "payload"})
_WENT = tuple(field.name for field in fields(Posted) if field.name not in {"delivery", "state", "orphaned"})
