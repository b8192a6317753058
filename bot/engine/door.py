"""The door of the engine: a plan and its secrets enter, events leave through the sink, and an outcome comes back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.model.event import RunEvent
from bot.model.run import Plan
from bot.model.status import RunStatus

Sink = Callable[[Sequence[RunEvent]], None]
"""Takes events in the order of their counters; called again with the same events after it raised."""

Cancel = Callable[[], bool]
"""Whether somebody asked to cancel; when it raises, nobody is taken to have asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended: the same that its ENDED event says.

    `reason` is one sentence, empty when there is nothing to explain; `rc` is ansible-playbook's exit code (None when it
    never started or was killed); `busy_hosts` may still be working after a cancel or a timeout.
    """

    status: RunStatus
    reason: str
    rc: int | None
    final_counter: int
    busy_hosts: tuple[str, ...] = ()


class Engine(Protocol):
    """What carries out a run."""

    def carry_out(self, run_id: int, plan: Plan, secrets: Mapping[str, Any], sink: Sink, cancel: Cancel) -> Outcome:
        """Carry out `plan` with the values of its `secrets`, and come back when it has ended and all events are out.

        The sink gets STATUS starting, STATUS running, what Ansible reported, and ENDED as the last. Nothing that a
        project, a playbook or a host does raises here: it becomes the outcome.
        """
        ...
