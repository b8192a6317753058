"""What Ansible reported, normalized: one RunEvent each, keyed by (run, counter)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

STATUS = "run_status"
"""Ours: the worker reports a status (`data["status"]`: starting or running)."""

MORE_TEXT = "run_text"
"""Ours: the rest of a text that was cut in event `data["of"]` (`data["field"]`: message or diff); the log joins it."""

WAVE = "run_wave"
"""Ours: of a run in waves `data["number"]` is in `data["state"]` (running, done, waiting); `sizes` counts all hosts.

State `ended` is how one wave's ansible-playbook ended, with `status` and `reason`.
"""

STEP = "run_step"
"""Ours: of a run in steps `data["number"]` of `names` is in `data["state"]` (running, done, failed); `note` tells more.

State `ended` is how the engine ended in one step, with `status` and `reason`.
"""

ENDED = "run_ended"
"""Ours, always the last: `data` has status, reason, rc, final_counter, busy_hosts."""


class Result(StrEnum):
    """How one task went on one host (or for one item)."""

    OK = "ok"
    CHANGED = "changed"
    FAILED = "failed"
    IGNORED = "ignored"
    SKIPPED = "skipped"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent:
    """One thing that happened in a run.

    `counter` counts from 1 without gaps; `kind` is the runner's own event name, or one of ours (above); `at` is UTC
    seconds since the epoch; `duration` seconds. `cut` is how many characters of message and diff follow
    in MORE_TEXT events. `data` holds what only one kind has (stats, status, final counter).
    """

    run_id: int
    counter: int
    kind: str
    at: float
    play: str = ""
    task: str = ""
    host: str = ""
    item: str = ""
    result: Result | None = None
    duration: float | None = None
    message: str = ""
    diff: str = ""
    warnings: tuple[str, ...] = ()
    cut: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)
