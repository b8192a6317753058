"""What people call a queue enters; the name by which RQ knows it leaves, and back."""

from bot.model.queues import DEFAULT

QUEUE = "signalbox"


def stored(queue: str) -> str:
    """RQ's name of a queue."""
    return QUEUE if queue == DEFAULT else f"{QUEUE}:{queue}"


def ours(key: bytes | str) -> str | None:
    """The queue of a key of RQ's; None when it is somebody else's."""
    name = (key if isinstance(key, str) else key.decode("utf-8", "replace")).removeprefix("rq:queue:")
    if name == QUEUE:
        return DEFAULT
    return name.removeprefix(f"{QUEUE}:") if name.startswith(f"{QUEUE}:") else None
