"""The last event of a run that nobody else can write: it was canceled while it waited, or its worker died."""

import time
from collections.abc import Sequence

from bot.model.event import ENDED, RunEvent
from bot.model.status import RunStatus
from bot.stream import EventStream


def close_stream(
    stream: EventStream,
    run_id: int,
    status: RunStatus,
    reason: str,
    busy_hosts: Sequence[str] = (),
    *,
    after: int | None = None,
) -> None:
    """Append the ENDED event after whatever is there already; WrongState when there is more than `after` says."""
    counter = (stream.last_counter(run_id) if after is None else after) + 1
    stream.append([ended(run_id, counter, status, reason, busy_hosts)])


def ended(run_id: int, counter: int, status: RunStatus, reason: str, busy_hosts: Sequence[str] = ()) -> RunEvent:
    """An ENDED event; its counter is the final one."""
    return RunEvent(
        run_id=run_id,
        counter=counter,
        kind=ENDED,
        at=time.time(),
        data={
            "status": status.value,
            "reason": reason,
            "rc": None,
            "final_counter": counter,
            "busy_hosts": list(busy_hosts),
        },
    )
