"""A process that ends with the one that made it, whatever ends that."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(with_signal: signal.Signals, *, parent: int | None = None) -> None:
    """Ask Linux to send this process a signal when its parent ends, or has ended already; elsewhere nothing happens.

    `parent` is the pid that the parent had, when it is known from before a fork.
    """
    if sys.platform != "linux":
        return
    parent = os.getppid() if parent is None else parent
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
    if os.getppid() != parent:  # it ended while we were asking
        os.kill(os.getpid(), with_signal)
