"""A line to a shim and its ask enter; the run is forked, and its exit status leaves through the line.

It is a process between server and run, so that a server that ends takes no run with it.
"""

import contextlib
import ctypes
import os
import select
import signal
import socket

from bot.engine.warm.ask import Ask
from bot.engine.warm.become import become
from bot.engine.warm.shim import GO, TAKEN

_PR_SET_PDEATHSIG = 1


def keep(line: socket.socket, ask: Ask, patience: float) -> None:
    """Carry the run out once the shim says go, which has `patience` seconds for it; return when it has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    line.settimeout(patience)
    line.sendall(TAKEN)
    if line.recv(1) != GO:
        return
    line.settimeout(None)
    keeper = os.getpid()
    if not (pid := os.fork()):
        line.close()
        die_with(keeper)
        become(ask)
    for file in ask.files:
        os.close(file)
    _wait(line, pid)
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(OSError):  # the shim was killed
        line.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))


def _wait(line: socket.socket, pid: int) -> None:
    """Until the run has ended; signals from the shim are passed on, and a shim that is gone is a SIGTERM."""
    ended = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(line, select.POLLIN)
    while True:
        ready = [number for number, _ in poll.poll()]
        if ended in ready:
            os.close(ended)
            return
        with contextlib.suppress(OSError):
            number = line.recv(1)
            os.kill(pid, number[0] if number else signal.SIGTERM)
            if number:
                continue
        poll.unregister(line)


def die_with(parent: int) -> None:
    """Get a SIGTERM when the process `parent` ends, which made this one; if it has ended already, end at once."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(250)
