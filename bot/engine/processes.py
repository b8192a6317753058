"""The mark of a run enters; its processes on this machine are found by it, and ended."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from bot.engine.environment import MARK
from bot.engine.remains import Remains

GRACE = 0.6
"""Seconds that Ansible has to clean up (workers, ssh, what runs under a remote tty) before everything is killed."""

STEP = 0.02
"""Seconds between looks at processes that are about to end."""

_PROC = Path("/proc")
"""Much quicker than asking psutil; where it is missing, psutil knows another way."""

_GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


class RunProcesses:
    """The processes of one run: ansible-playbook (or its shim), and whatever came of it and still has the run's mark.

    Ansible's workers leave its process group, and a command under sudo loses the mark: so both the mark and the
    family tree are followed.
    """

    def __init__(self, mark: str) -> None:
        self.remains = Remains()
        self._marked = f"{MARK}={mark}".encode()

    def alive(self) -> list[psutil.Process]:
        """Every process with the mark that has not ended, in order of their start."""
        found = [process for process in psutil.process_iter() if self._has_mark(process) and _running(process)]
        return sorted(found, key=_started)

    def end(self, grace: float = GRACE) -> list[int]:
        """SIGTERM to ansible-playbook, then SIGKILL to whatever is left after `grace` seconds; their process ids.

        `remains` knows afterwards which folders they leave.
        """
        family = self._family()
        if family:
            self.remains.note(family)
            self._terminate(family[0])
            self._wait(family[0], grace)
        for _ in range(5):  # what is being killed may just have forked
            left = [process for process in {*family, *self.alive()} if _running(process)]
            if not left:
                break
            family = list({*family, *left, *(child for process in left for child in _children(process))})
            self.remains.note(left)
            _kill(left)
        return [process.pid for process in family]

    def _family(self) -> list[psutil.Process]:
        """ansible-playbook first: the eldest with the mark; then its descendants and all others with the mark."""
        marked = self.alive()
        if not marked:
            return []
        return list(dict.fromkeys([marked[0], *(child for one in marked for child in _children(one)), *marked]))

    def _has_mark(self, process: psutil.Process) -> bool:
        if process.pid == os.getpid():
            return False
        try:
            if _PROC.is_dir():
                return self._marked in (_PROC / str(process.pid) / "environ").read_bytes().split(b"\0")
            name, _, mark = self._marked.decode().partition("=")
            return process.environ().get(name) == mark
        except (OSError, *_GONE):
            return False

    @staticmethod
    def _terminate(process: psutil.Process) -> None:
        with contextlib.suppress(*_GONE):
            process.terminate()

    @staticmethod
    def _wait(process: psutil.Process, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while _running(process) and time.monotonic() < deadline:
            time.sleep(STEP)


def close_masters(sockets: Path, environment: dict[str, str]) -> None:
    """End the SSH connections that a run keeps open in its directory for `sockets`."""
    ssh = shutil.which("ssh", path=environment.get("PATH"))
    if ssh is None or not sockets.is_dir():
        return
    closing = [
        subprocess.Popen(  # noqa: S603 (fixed arguments, no shell)
            [ssh, "-o", f"ControlPath={socket}", "-O", "exit", "signalbox"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        for socket in sockets.iterdir()
        if socket.is_socket()
    ]
    for process in closing:
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except _GONE:
        return []


def _kill(processes: Iterable[psutil.Process]) -> None:
    killed = list(processes)
    for process in killed:
        with contextlib.suppress(*_GONE):
            process.kill()
    deadline = time.monotonic() + 0.2
    while any(_running(process) for process in killed) and time.monotonic() < deadline:
        time.sleep(STEP)


def _running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except _GONE:
        return False


def _started(process: psutil.Process) -> tuple[float, int]:
    try:
        return process.create_time(), process.pid
    except _GONE:
        return 0.0, process.pid
