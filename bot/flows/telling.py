"""What a worker itself does in a run enters; it leaves as numbered RunEvents through the run's sink."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.engine import Outcome, Sink
from bot.flows.close import ended
from bot.model.event import STATUS, RunEvent
from bot.model.status import RunStatus


class Telling:
    """The events of one run, numbered from 1 without gaps."""

    def __init__(self, run_id: int, sink: Sink) -> None:
        self.counter = 0
        self._run_id = run_id
        self._sink = sink

    def tell(self, kind: str, **fields: Any) -> None:
        """One event."""
        event = RunEvent(run_id=self._run_id, counter=self.counter + 1, kind=kind, at=time.time(), **fields)
        self.pass_on([event])

    def status(self, status: RunStatus) -> None:
        """The run is starting, or running."""
        self.tell(STATUS, data={"status": status.value})

    def pass_on(self, events: Sequence[RunEvent]) -> None:
        """Events that are numbered already, after those before them."""
        self._sink(events)
        self.counter = max(self.counter, *(event.counter for event in events))

    def end(self, status: RunStatus, reason: str, busy_hosts: Sequence[str] = ()) -> Outcome:
        """The last event."""
        last = ended(self._run_id, self.counter + 1, status, reason, busy_hosts)
        self.pass_on([replace(last, at=time.time())])
        return Outcome(status=status, reason=reason, rc=None, final_counter=last.counter, busy_hosts=(*busy_hosts,))
