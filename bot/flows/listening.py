"""Environments and their queues enter; who of the workers listens to them leaves, as words."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.guards import Policy
from bot.model.queues import DEFAULT
from bot.model.words import some
from bot.queue import RunQueue

ASK_SECONDS = 1.0


@dataclass(slots=True, kw_only=True)
class Listeners:
    """Which queues have workers, asked once a second however many runs wait."""

    queue: RunQueue
    _known: dict[str, bool] = field(default_factory=dict, init=False)
    _ask_at: float = field(default=0.0, init=False)

    def missing(self, queue: str, now: float) -> str:
        """What a run of that queue waits for when nobody listens to it; empty when somebody does."""
        if now >= self._ask_at:
            self._known, self._ask_at = {}, now + ASK_SECONDS
        if queue not in self._known:
            self._known[queue] = bool(self.queue.workers(queue))
        return "" if self._known[queue] else f"a worker: none {_listens(queue)}"


def unheard(queue: RunQueue, policy: Policy, environments: Sequence[str]) -> tuple[str, ...]:
    """`prod (prod-eu, prod-us)`: queues to which environments are bound and no worker listens."""
    bound: dict[str, list[str]] = {}
    for name in environments:
        bound.setdefault(policy.environment(name).queue, []).append(name)
    return tuple(f"{each} ({some(names, 3)})" for each, names in sorted(bound.items()) if not queue.workers(each))


def nobody(queue: str) -> str:
    """That no worker listens to a queue."""
    return f"no worker {_listens(queue)}"


def _listens(queue: str) -> str:
    return "listens" if queue == DEFAULT else f"listens to the queue {queue}"
