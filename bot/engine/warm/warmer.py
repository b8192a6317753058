"""How runs would call ansible-playbook now enters; a server that fits is there soon, started beside the worker."""

import contextlib
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import structlog

from bot.engine.environment import MARK
from bot.engine.warm.become import SLOT
from bot.engine.warm.cold import Unfit
from bot.engine.warm.key import OWN, key
from bot.engine.warm.look import FAILED, LOCK, SOCKET
from bot.engine.warm.state import SERVERS, expect, failure

AGAIN_SECONDS = 60.0
"""Until a server that ended by itself soon after its start is tried again."""

MOST_RUNS = 2_000
"""Runs until a server makes room for a fresh one."""

END_SECONDS = 2.0
"""That a server has for its end: one that hangs leaves nothing that matters."""

SHIM = Path(__file__).with_name("shim.py")

_ROOT = Path(__file__).resolve().parents[3]
_START = "import sys; sys.path[0] = sys.argv[1]; from bot.engine.warm.server import main; main()"

_log = structlog.get_logger(__name__)


def address(home: Path, environment: Mapping[str, str], folder: Path, binary: Path) -> Path:
    """The socket of the server for runs that call `binary` like this; Unfit when there can be none."""
    return home / SERVERS / f"{key(environment, folder, binary)}{SOCKET}"


class Warmer:
    """Looks after the server of one worker, which other workers of the home use too."""

    def __init__(self, home: Path, folder: Path, binary: Path) -> None:
        self._home = home
        self._folder = folder
        self._binary = binary
        self._address: Path | None = None
        self._processes: list[subprocess.Popen[bytes]] = []
        self._not_before = 0.0

    def mind(self, environment: Mapping[str, str]) -> None:
        """Start a server when none fits; end the one that no longer does. Costs a millisecond, raises nothing."""
        try:
            wanted = address(self._home, environment, self._folder, self._binary)
        except Unfit as unfit:
            self.end()
            expect(self._home, None, unfit.reason)
            return
        expect(self._home, wanted)
        if wanted != self._address:
            self.end()
            self._address, self._not_before = wanted, 0.0
        self._bury(wanted)
        with contextlib.suppress(OSError):
            if time.monotonic() >= self._not_before and (lock := _free(wanted)):
                self._not_before = time.monotonic() + AGAIN_SECONDS
                with lock:
                    self._start(wanted, environment, lock)

    def end(self) -> None:
        """End the server, if it is ours, and the one whose place it took, if that is still there."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            _wait(process)
        self._processes = []
        self._address = None

    def _bury(self, wanted: Path) -> None:
        """Servers of ours that have ended, and what went wrong with them."""
        ended = [process for process in self._processes if process.poll() is not None]
        for process in ended:
            self._processes.remove(process)
            if process.returncode:
                _log.warning("no warm engine: runs start Ansible anew", why=failure(wanted), status=process.returncode)

    def _start(self, wanted: Path, environment: Mapping[str, str], lock: IO[bytes]) -> None:
        wanted.with_suffix(FAILED).unlink(missing_ok=True)
        given = [str(_ROOT), str(os.getpid()), str(wanted), str(self._binary), str(lock.fileno()), str(MOST_RUNS)]
        process = subprocess.Popen(  # noqa: S603 (our own argv)
            [sys.executable, "-c", _START, *given],
            cwd=self._folder,
            env={**_at_home(environment, wanted.parent), MARK: "-" * SLOT},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=[lock.fileno()],
        )
        self._processes.append(process)


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free(wanted: Path) -> IO[bytes] | None:
    """The lock of that socket's server, held, for the server to be started; None when somebody's server has it."""
    wanted.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = wanted.with_suffix(LOCK).open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock


def _at_home(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The same, without the places of the run that it was made for."""
    kept = {name: value for name, value in environment.items() if name not in OWN}
    return {**kept, "ANSIBLE_LOCAL_TEMP": str(folder / "tmp")}
