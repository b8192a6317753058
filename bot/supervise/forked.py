"""Work enters; a process that was forked for it leaves: what it has imported already, it has in common with us.

It gets nothing of ours but modules, environment and the log: no open file, so no lock and no connection; no signal
handler, no thread. It ends when we end, and never comes back into the code that forked it.
"""

import atexit
import contextlib
import ctypes
import gc
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from bot.supervise.title import show
from bot.tied import die_with_parent

POLL_SECONDS = 0.02
_M_ARENA_MAX = -8
_OURS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


def can_fork() -> bool:
    """Whether a fork is safe here: on Linux, from the only thread that there is."""
    return sys.platform == "linux" and threading.active_count() == 1


def settle() -> None:
    """Put away what has been imported, before the first fork: the collector touches none of it any more."""
    with contextlib.suppress(AttributeError):  # another libc
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)  # else each thread of a child takes memory of its own
    gc.collect()
    gc.freeze()


class Forked:
    """A child; the part of `subprocess.Popen` that a supervisor needs."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; subprocess.TimeoutExpired when it does not come in so many seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if until is not None and time.monotonic() >= until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(POLL_SECONDS)
        return status

    def terminate(self) -> None:
        """SIGTERM."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:  # as long as nobody has waited for it, its number is its own
            os.kill(self.pid, number)


def fork(work: Callable[[], int], argv: Sequence[str], environment: Mapping[str, str], log: Path | None) -> Forked:
    """A process that does the work and ends with its status; `argv` is what it is called in lists of processes."""
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    with _held() as before:
        pid = os.fork()
        if not pid:
            _begin(work, argv, environment, log=log, parent=parent, mask=before)
        return Forked(pid)


@contextlib.contextmanager
def _held() -> Iterator[set[signal.Signals]]:
    """No signal comes meanwhile: one for the child waits until it has no handler of ours any more."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield before  # type: ignore[misc]
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(
    work: Callable[[], int],
    argv: Sequence[str],
    environment: Mapping[str, str],
    *,
    log: Path | None,
    parent: int,
    mask: set[signal.Signals],
) -> NoReturn:
    """In the child."""
    status = 1
    try:
        _stand_alone(log, parent)
        os.environ.update(environment)
        sys.argv = list(argv)
        show(argv)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        status = work()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 (above us is the stack of the parent, which is none of the child's business)
        traceback.print_exc()
    _leave(status)


def _stand_alone(log: Path | None, parent: int) -> None:
    """A session of its own, no input, the log, no file of the parent's, no handler; the parent's end is a SIGTERM."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in _OURS:
        signal.signal(number, signal.SIG_DFL)
    die_with_parent(signal.SIGTERM, parent=parent)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if log is not None:
        output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))


def _leave(status: int) -> NoReturn:
    """End as Python ends, without taking everything apart first."""
    with contextlib.suppress(BaseException):
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 (waits for threads, as at Python's own end)
        atexit._run_exitfuncs()  # noqa: SLF001
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)
