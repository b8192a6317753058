"""Faults on demand: a test asks for one by method and kind; a call enters, the fault that strikes it leaves."""

import fnmatch
import threading
from dataclasses import dataclass, field
from typing import Any

from tests.fake_slack.clock import Clock

KINDS = {
    "5xx": "answered with `status` (503); nothing is done",
    "5xx_after": "done, then answered with `status`",
    "slow": "done at once, answered after `delay` seconds",
    "slow_before": "done, and answered, after `delay` seconds: calls that came later are carried out first",
    "drop_before": "the connection is closed; nothing is done",
    "drop_after_accept": "done, then the connection is closed without an answer",
    "429": "429 with Retry-After: `retry_after` seconds, in which the method stays closed; nothing is done",
    "ratelimited": "200 with ok false and error ratelimited; nothing is done",
    "error": "200 with ok false and `error`; nothing is done",
}
FIRST_OF_ALL = {"5xx", "drop_before", "429", "ratelimited", "error", "slow_before"}


@dataclass(kw_only=True)
class Fault:
    """One fault: strikes `times` calls (None: all), or one call each `every` seconds; `hits` counts."""

    method: str
    kind: str
    times: int | None = None
    every: float | None = None
    status: int = 503
    delay: float = 1.0
    retry_after: int = 1
    error: str = "internal_error"
    where: dict[str, Any] = field(default_factory=dict)
    hits: int = 0
    due: float = 0.0
    removed: bool = False

    def remove(self) -> None:
        """Strike no more."""
        self.removed = True


class Faults:
    """The faults that are set."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._set: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, *, method: str = "*", kind: str, **how: Any) -> Fault:
        """Set a fault; `method` may have wildcards (`chat.*`; `upload` and `response_url` are methods too).

        `where` narrows it to calls with these arguments. Raises ValueError for an unknown kind.
        """
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no kind of fault; there are {', '.join(KINDS)}")
        fault = Fault(method=method, kind=kind, **how)
        fault.due = self._clock.now() + (fault.every or 0.0)
        with self._lock:
            self._set.append(fault)
        return fault

    def clear(self) -> None:
        """Remove all."""
        with self._lock:
            self._set.clear()

    def strike(self, method: str, arguments: dict[str, Any]) -> Fault | None:
        """The first fault that meets this call, counted; None when none does."""
        now = self._clock.now()
        with self._lock:
            self._set = [fault for fault in self._set if not (fault.removed or fault.times == 0)]
            for fault in self._set:
                if _meets(fault, method, arguments, now):
                    _count(fault, now)
                    return fault
        return None


def _meets(fault: Fault, method: str, arguments: dict[str, Any], now: float) -> bool:
    same = fnmatch.fnmatchcase(method, fault.method) and now >= fault.due
    return same and all(str(arguments.get(name)) == str(value) for name, value in fault.where.items())


def _count(fault: Fault, now: float) -> None:
    fault.hits += 1
    if fault.times is not None:
        fault.times -= 1
    if fault.every is not None:
        fault.due = now + fault.every
