"""Signals enter; whoever waits goes on at once: when the end is asked for, and when a child has ended."""

import os
import select
import signal


class Alarm:
    """For the main thread. `ended` is whether SIGTERM or SIGINT has come; SIGCHLD only wakes."""

    def __init__(self) -> None:
        self.ended = False
        self._woken, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # without a handler it would wake nobody

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until a signal comes; whether the end was asked for."""
        if not self.ended and select.select([self._woken], [], [], seconds)[0]:
            os.read(self._woken, 4096)
        return self.ended

    def _end(self, *_: object) -> None:
        self.ended = True
