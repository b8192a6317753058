"""An engine without Ansible: what it is told to report enters, and leaves as a run would, in memory and at once."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.engine.door import Cancel, Outcome, Sink
from bot.model.event import ENDED, STATUS, RunEvent
from bot.model.run import Plan
from bot.model.status import RunStatus

_SUCCESSFUL = Outcome(status=RunStatus.SUCCESSFUL, reason="", rc=0, final_counter=0)


class ScriptedEngine:
    """Reports `events` for every run, and ends as `outcome` says, or as canceled when somebody asked before the end.

    Run ids and counters are set here; `carried_out` are the plans so far, with the names of their secrets only.
    """

    def __init__(self, events: Sequence[RunEvent] = (), outcome: Outcome = _SUCCESSFUL) -> None:
        self.carried_out: list[tuple[int, Plan]] = []
        self._events = tuple(events)
        self._outcome = outcome

    def carry_out(self, run_id: int, plan: Plan, secrets: Mapping[str, Any], sink: Sink, cancel: Cancel) -> Outcome:
        """See Engine. `secrets` are not needed."""
        del secrets
        self.carried_out.append((run_id, plan))
        begun = [_own(STATUS, status=status.value) for status in (RunStatus.STARTING, RunStatus.RUNNING)]
        events, canceled = list(begun), False
        for event in self._events:
            if canceled := _asked(cancel):
                break
            events.append(event)
        outcome = replace(self._outcome, final_counter=len(events) + 1)
        if canceled or _asked(cancel):
            outcome = replace(outcome, status=RunStatus.CANCELED, reason="It was canceled.", rc=None)
        events.append(_ended(outcome))
        for counter, event in enumerate(events, start=1):
            sink([replace(event, run_id=run_id, counter=counter)])
        return outcome


def _asked(cancel: Cancel) -> bool:
    try:
        return cancel()
    except Exception:  # noqa: BLE001 (as at the real door)
        return False


def _own(kind: str, **data: Any) -> RunEvent:
    return RunEvent(run_id=0, counter=0, kind=kind, at=time.time(), data=data)


def _ended(outcome: Outcome) -> RunEvent:
    return _own(
        ENDED,
        status=outcome.status.value,
        reason=outcome.reason,
        rc=outcome.rc,
        final_counter=outcome.final_counter,
        busy_hosts=list(outcome.busy_hosts),
    )
