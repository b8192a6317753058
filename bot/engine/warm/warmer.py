"""How runs would call ansible-playbook now enters; a server that fits is there soon, started beside the worker."""

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import structlog

from bot.engine.environment import MARK
from bot.engine.warm.become import SLOT
from bot.engine.warm.key import OWN, key

SERVERS = "warm"
AGAIN_SECONDS = 60.0
"""Until a server that ended by itself soon after its start is tried again."""

SHIM = Path(__file__).with_name("shim.py")

_ROOT = Path(__file__).resolve().parents[3]
_START = "import sys; sys.path[0] = sys.argv[1]; from bot.engine.warm.server import main; main()"

_log = structlog.get_logger(__name__)


def address(home: Path, environment: Mapping[str, str], folder: Path, binary: Path) -> Path:
    """The socket of the server for runs that call `binary` like this; OSError when that can't be said."""
    return home / SERVERS / f"{key(environment, folder, binary)}.sock"


class Warmer:
    """Looks after the server of one worker, which other workers of the home use too."""

    def __init__(self, home: Path, folder: Path, binary: Path) -> None:
        self._home = home
        self._folder = folder
        self._binary = binary
        self._address: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._not_before = 0.0

    def mind(self, environment: Mapping[str, str]) -> None:
        """Start a server when none fits; end the one that no longer does. Costs a millisecond, raises nothing."""
        with contextlib.suppress(OSError):
            wanted = address(self._home, environment, self._folder, self._binary)
            if wanted != self._address:
                self.end()
                self._address, self._not_before = wanted, 0.0
            if self._gone() and time.monotonic() >= self._not_before and not _served(wanted):
                self._not_before = time.monotonic() + AGAIN_SECONDS
                self._start(wanted, environment)

    def end(self) -> None:
        """End the server, if it is ours."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        self._process = None

    def _gone(self) -> bool:
        if self._process is None:
            return True
        status = self._process.poll()
        if status:
            _log.warning("no warm engine: runs start Ansible anew", status=status)
        return status is not None

    def _start(self, wanted: Path, environment: Mapping[str, str]) -> None:
        wanted.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._process = subprocess.Popen(  # noqa: S603 (our own argv)
            [sys.executable, "-c", _START, str(_ROOT), str(os.getpid()), str(wanted), str(self._binary)],
            cwd=self._folder,
            env={**_at_home(environment, wanted.parent), MARK: "-" * SLOT},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )


def _served(wanted: Path) -> bool:
    """Whether somebody's server has that socket."""
    try:
        with wanted.with_name(f"{wanted.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _at_home(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The same, without the places of the run that it was made for."""
    kept = {name: value for name, value in environment.items() if name not in OWN}
    return {**kept, "ANSIBLE_LOCAL_TEMP": str(folder / "tmp")}


def runs(home: Path) -> list[int]:
    """How many runs each server in `home` has carried out; those that do not answer are left out."""
    return [count for path in sorted((home / SERVERS).glob("*.sock")) if (count := _asked(path)) is not None]


def _asked(path: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(1.0)
        folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
        try:
            line.connect(f"/proc/self/fd/{folder}/{path.name}")
        finally:
            os.close(folder)
        text = b"/\0" + b"0\0\0" + b"0\0" + b"SIGNALBOX_ASK=runs"
        socket.send_fds(line, [len(text).to_bytes(4, "big") + text], [0, 1, 2])
        return int(line.recv(100))
    return None
