"""Child processes under one supervisor: started, started again when they die, ended in reverse order."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.supervise.forked import Forked, can_fork, fork

LOOK_SECONDS = 0.1
"""How often those that are to end are looked at."""
PRESS_SECONDS = 1.5
"""Between two SIGTERMs at least: a worker takes one that comes sooner for the first one's echo."""
LAST_SECONDS = 5.0
"""Between a second SIGTERM, by which a worker drops its run and removes what it left, and SIGKILL."""

RESTART_SECONDS = (0.2, 1.0, 5.0, 15.0)
STEADY_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A process to keep running; `grace` is how many seconds it gets after SIGTERM to finish what it does.

    One that `stays` is asked to end when the others have ended, because it takes in what they do until then.
    With `work` it is forked where that is safe, and ends with the status that `work` returns; `argv` does the same in a
    process of its own. One that `may_end` is not started again when it has ended with status 0.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    grace: float = 10.0
    may_end: bool = False
    stays: bool = False
    work: Callable[[], int] | None = None


def tied(argv: Sequence[str], signal_name: str = "KILL") -> list[str]:
    """`argv` so that the process gets a signal when its starter dies (Linux; elsewhere unchanged)."""
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    return [setpriv, "--pdeathsig", signal_name, "--", *argv] if setpriv else list(argv)


class _Running:
    """One child: its process, and how often it had to be started again."""

    def __init__(self, child: Child, log: Path | None) -> None:
        self.child = child
        self._log = log
        self._restarts = 0
        self._start_at = 0.0
        self._end_by = 0.0
        self._asked = 0
        self._asked_at = 0.0
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes] | Forked:
        self._started_at = time.monotonic()
        if self.child.work is not None and can_fork():
            return fork(self.child.work, self.child.argv, self.child.environment, self._log)
        output = self._log.open("ab") if self._log else None
        with output or contextlib.nullcontext():
            return subprocess.Popen(  # noqa: S603 (our own argv)
                tied(self.child.argv, "TERM"),
                env={**os.environ, **self.child.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # a Ctrl-C in the terminal is for the one who asks, not for those who work
            )

    def mind(self) -> bool:
        """Start the process again when it has died; ever more slowly when it keeps dying. Whether it has yet to be."""
        status = self.process.poll()
        if status is None or self._asked or (self.child.may_end and status == 0):
            return False
        now = time.monotonic()
        if not self._start_at:
            self._restarts = 0 if now - self._started_at > STEADY_SECONDS else self._restarts + 1
            self._start_at = now + RESTART_SECONDS[min(self._restarts, len(RESTART_SECONDS) - 1)]
        if now >= self._start_at:
            self._start_at = 0.0
            self.process = self._start()
        return bool(self._start_at)

    def ask_to_end(self, seconds: float) -> None:
        """SIGTERM; a second one makes a worker drop the run that it was to finish. It is not started again."""
        self._asked_at = time.monotonic()
        self._end_by = self._asked_at + seconds
        self._asked += 1
        self.process.terminate()

    def ended(self) -> bool:
        """Whether it has."""
        return self.process.poll() is not None

    def press(self, *, hurry: bool) -> None:
        """When the time is over that was given, or there is none: a second SIGTERM; and when that is over, SIGKILL."""
        now = time.monotonic()
        hurried = hurry and self._asked == 1 and now >= self._asked_at + PRESS_SECONDS
        if now < self._end_by and not hurried:
            return
        if self._asked == 1:
            self.ask_to_end(LAST_SECONDS)
        else:
            self.kill()

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


class Supervisor:
    """Keeps children running; `log` is the file that their output goes to, None lets them share ours."""

    def __init__(self, log: Path | None = None) -> None:
        self._log = log
        self._running: list[_Running] = []

    def start(self, child: Child) -> None:
        """Start one more child."""
        self._running.append(_Running(child, self._log))

    def mind(self) -> bool:
        """Look after all of them once, when one has died; whether to do so again soon, for one is to start."""
        return True in [running.mind() for running in self._running]

    def end(self, rest: Callable[[float], bool] = _sleep) -> None:
        """End all, then those that stay: started last first, side by side.

        SIGTERM, after their grace another one, SIGKILL at last. `rest` waits so many seconds at most, and returns
        whether to hurry: then grace is over at once.
        """
        for stays in (False, True):
            left = [running for running in self._running[::-1] if running.child.stays is stays]
            for running in left:
                running.ask_to_end(running.child.grace)
            while left := [running for running in left if not running.ended()]:
                hurry = rest(LOOK_SECONDS)
                for running in left:
                    running.press(hurry=hurry)
        self._running.clear()
