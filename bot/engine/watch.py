"""A run under way enters; it is ended when somebody asks to cancel it, or when its time is up."""

import threading
import time
from collections.abc import Callable

from bot.engine.door import Cancel
from bot.engine.processes import RunProcesses
from bot.model.status import RunStatus

LOOK_EVERY = 0.1
"""Seconds between questions whether somebody asked to cancel."""


class Watcher:
    """Ends the processes of a run from a thread of its own; `stopped` then says why.

    The thread begins with `begin`, to be called when the process has been made: forking beside a thread is unsafe.
    """

    def __init__(
        self, processes: RunProcesses, cancel: Cancel, timeout: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.stopped: RunStatus | None = None
        self._processes = processes
        self._cancel = cancel
        self._clock = clock
        self._deadline = clock() + timeout
        self._through = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Watch from now on."""
        self._thread = threading.Thread(target=self._watch, name="engine-watch", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """The run is through: watch no longer; what is being ended is ended first."""
        self._through.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._through.wait(LOOK_EVERY):
            if why := self._why():
                self.stopped = why
                while not self._through.is_set():
                    self._processes.end()
                    self._through.wait(LOOK_EVERY)
                return

    def _why(self) -> RunStatus | None:
        if self._clock() >= self._deadline:
            return RunStatus.TIMEOUT
        try:
            return RunStatus.CANCELED if self._cancel() else None
        except Exception:  # noqa: BLE001 (whoever can't be asked has not asked)
            return None
