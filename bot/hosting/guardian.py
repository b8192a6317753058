"""A command enters as arguments; it is carried out in a process group of its own, which does not outlive its owner.

The standard input is a pipe that the owner holds: when it closes, because the owner wants it so or has died, the group
gets SIGTERM, and SIGKILL after the grace (the first argument, in seconds). Standard library only: it starts in `-I -S`.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time

STEP = 0.02


def main(grace: float, command: list[str]) -> int:
    """The command's exit code; 143 when it was ended."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 (no shell)
    while child.poll() is None:
        if select.select([0], [], [], STEP)[0] and not os.read(0, 1):
            _end(child, grace)
            return 128 + signal.SIGTERM
    return child.returncode


def _end(child: "subprocess.Popen[bytes]", grace: float) -> None:
    _signal(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while _there(child) and time.monotonic() < deadline:
        time.sleep(STEP)
    _signal(child.pid, signal.SIGKILL)
    child.wait()


def _there(child: "subprocess.Popen[bytes]") -> bool:
    """Whether anything of the group is left; its leader is reaped on the way."""
    child.poll()
    try:
        os.killpg(child.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # only the pipe tells when it is over
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
