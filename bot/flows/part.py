"""Events of one part of a run enter, as its engine numbers them; they join the run's one stream after those before."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.model.event import ENDED, MORE_TEXT, STATUS, Result, RunEvent
from bot.model.status import RunStatus
from bot.stream import EventStream

Ended = tuple[RunStatus, str, tuple[str, ...]]
"""How a run ended: status, reason, hosts that may still be busy."""


def tell(stream: EventStream, run_id: int, kind: str, message: str, data: Mapping[str, Any]) -> None:
    """An event of our own between two parts."""
    counter = stream.last_counter(run_id) + 1
    stream.append([RunEvent(run_id=run_id, counter=counter, kind=kind, at=time.time(), message=message, data=data)])


@dataclass(slots=True, kw_only=True)
class PartSink:
    """The sink of a part: it ends no run (its end becomes an event of `kind`), and no `later` one begins one.

    `bad` are hosts that failed or could not be reached, `changed` tasks that changed something; `empty` says that
    Ansible's statistics had no host.
    """

    stream: EventStream
    base: int
    kind: str
    later: bool
    bad: set[str] = field(default_factory=set)
    changed: dict[str, None] = field(default_factory=dict)
    empty: bool = False

    def __call__(self, events: Sequence[RunEvent]) -> None:
        """Pass them on; called again with the same events after it raised, it does the same."""
        for event in events:
            if event.kind == "playbook_on_stats":
                self._note(event)
            elif event.result is Result.CHANGED:
                self.changed[event.task] = None
        self.stream.append([self._fitted(event) for event in events])

    def _note(self, event: RunEvent) -> None:
        stats = event.data.get("stats", {})
        self.empty = not stats
        self.bad |= {host for host, counts in stats.items() if counts.get("failures") or counts.get("dark")}

    def _fitted(self, event: RunEvent) -> RunEvent:
        event = replace(event, counter=event.counter + self.base)
        if event.kind == MORE_TEXT:
            return replace(event, data={**event.data, "of": int(event.data["of"]) + self.base})
        if event.kind == ENDED:
            said = {"state": "ended", "status": event.data.get("status"), "reason": event.data.get("reason")}
            return replace(event, kind=self.kind, message=f"ansible-playbook ended: {said['status']}", data=said)
        if event.kind == STATUS and self.later:
            return replace(event, data={"status": RunStatus.RUNNING.value})
        return event
