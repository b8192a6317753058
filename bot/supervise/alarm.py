"""Signals enter; whoever waits goes on at once: when the end is asked for, and when a child has ended."""

import os
import select
import signal
import time

ECHO_SECONDS = 0.5
"""A second signal that comes sooner is the first one's echo: to a group of processes, and by one of them to its own."""


class Alarm:
    """For the main thread. `ended` is whether SIGTERM or SIGINT has come, `hurried` whether again; SIGCHLD wakes."""

    def __init__(self) -> None:
        self.ended = False
        self.hurried = False
        self._asked_at = 0.0
        self._woken, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # without a handler it would wake nobody

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until a signal comes; whether the end was asked for."""
        if not self.ended:
            self._rest(seconds)
        return self.ended

    def wait_on(self, seconds: float) -> bool:
        """While the end is under way, wait so long, or until a signal comes; whether it is to be a quick one."""
        self._rest(seconds)
        return self.hurried

    def _rest(self, seconds: float) -> None:
        if select.select([self._woken], [], [], seconds)[0]:
            os.read(self._woken, 4096)

    def _end(self, *_: object) -> None:
        now = time.monotonic()
        self.hurried = self.hurried or (self.ended and now - self._asked_at > ECHO_SECONDS)
        if not self.ended:
            self.ended, self._asked_at = True, now
