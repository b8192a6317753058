"""What people call a queue enters; the name by which RQ knows it leaves."""

from bot.model.queues import DEFAULT

QUEUE = "signalbox"


def stored(queue: str) -> str:
    """RQ's name of a queue."""
    return QUEUE if queue == DEFAULT else f"{QUEUE}:{queue}"
