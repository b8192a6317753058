"""The door through which SlackChat leaves what must reach a conversation: deliveries enter, and are stored."""

from collections.abc import Sequence
from typing import Protocol

from bot.model.delivery import Delivery


class OutboxDoor(Protocol):
    """Where deliveries are kept until they are sent; both methods raise Unavailable when it does not answer."""

    def put(self, deliveries: Sequence[Delivery]) -> None:
        """Store all of them; those whose key is there already take a newer version, and stay as they are otherwise."""

    def payloads(self, prefix: str) -> list[str]:
        """Payloads of all deliveries whose key begins so, in the order in which they were first put."""
