"""A socket's path enters; while this process runs, whoever calls there gets his ansible-playbook without the wait.

It is started with the environment and the folder of a run (see `warmer`), loads Ansible, tries itself out, and then
only forks. Nothing of a run ever happens in it, so it stays as it was.
"""

import contextlib
import fcntl
import gc
import itertools
import os
import signal
import socket
import sys
from pathlib import Path

from bot.engine.environment import MARK
from bot.engine.warm.ask import Ask, read
from bot.engine.warm.become import Slot
from bot.engine.warm.keeper import die_with, keep
from bot.engine.warm.key import key
from bot.engine.warm.preload import preload
from bot.engine.warm.rehearsal import rehearse
from bot.engine.warm.shim import PATIENCE

MAX_RUNS = 2_000
"""Runs until a server makes room for a fresh one."""

BACKLOG = 64


class Server:
    """One socket, one key."""

    def __init__(self, address: Path, binary: Path) -> None:
        self._address = address
        self._binary = binary
        self._slot = Slot()
        self._key = key(os.environ, Path.cwd(), binary)
        self._runs = 0

    def serve(self) -> None:
        """Load, try out, and fork until told to end; SystemExit when the trial fails."""
        preload()
        gc.collect()
        gc.freeze()
        rehearse(self._binary)
        signal.signal(signal.SIGCHLD, _bury)
        listener = self._listener()
        try:
            while self._runs < MAX_RUNS:
                line, _ = listener.accept()
                with line:
                    self._answer(line)
        finally:
            self._address.unlink(missing_ok=True)

    def _listener(self) -> socket.socket:
        """In place under its name only when it listens."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        folder = os.open(self._address.parent, os.O_PATH | os.O_DIRECTORY)
        name = f"/proc/self/fd/{folder}/{self._address.name}"  # the path itself may be too long for a socket
        self._address.unlink(missing_ok=True)
        listener.bind(name)
        listener.listen(BACKLOG)
        os.close(folder)
        return listener

    def _answer(self, line: socket.socket) -> None:
        """Fork a keeper for a run of ours; say why not otherwise."""
        line.settimeout(PATIENCE)
        try:
            ask = read(line)
        except (OSError, ValueError):
            return
        try:
            if why := self._unfit(ask):
                line.sendall(why.encode())
            elif not os.fork():
                self._keep(line, ask)
            else:
                self._runs += 1
        except OSError:
            return
        finally:
            for file in ask.files:
                os.close(file)

    def _unfit(self, ask: Ask) -> str:
        if ask.environment.get("SIGNALBOX_ASK") == "runs":
            return str(self._runs)
        if Path(ask.argv[0]) != self._binary:
            return "It is another ansible-playbook."
        try:
            same = key(ask.environment, Path(ask.folder), self._binary) == self._key
        except OSError:
            same = False
        return "" if same else "Ansible is configured in another way than it was."

    def _keep(self, line: socket.socket, ask: Ask) -> None:
        """In the keeper: see the run through, and leave without a trace of the server's own end."""
        try:
            _close_all_but(line.fileno(), *ask.files)
            self._slot.write(ask.environment.get(MARK, ""))
            keep(line, ask, PATIENCE)
        except OSError:
            pass
        finally:
            os._exit(0)


def _bury(_number: int, _frame: object) -> None:
    """Wait for the keepers that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _close_all_but(*kept: int) -> None:
    """Close what is the server's: its socket, and the lock that its successor waits for."""
    edges = [2, *sorted(kept), os.sysconf("SC_OPEN_MAX")]
    for below, above in itertools.pairwise(edges):
        os.closerange(below + 1, above)


def main() -> None:
    """Serve, unless another one serves the same socket: `server ROOT WORKER SOCKET ANSIBLE_PLAYBOOK`."""
    _root, worker, address, binary = sys.argv[1:]
    die_with(int(worker))
    sys.path[0] = str(Path(binary).parent)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with open(f"{address}.lock", "w", encoding="utf-8") as lock:  # noqa: PTH123
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        Server(Path(address), Path(binary)).serve()
