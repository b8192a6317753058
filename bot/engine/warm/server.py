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
from typing import NoReturn

from bot.engine.environment import MARK
from bot.engine.warm.ask import Ask, read
from bot.engine.warm.become import Slot
from bot.engine.warm.cold import Cold, Unfit
from bot.engine.warm.keeper import die_with, keep
from bot.engine.warm.key import key
from bot.engine.warm.look import FAILED, SOCKET, different
from bot.engine.warm.preload import preload
from bot.engine.warm.rehearsal import Failed, rehearse
from bot.engine.warm.shim import PATIENCE
from bot.engine.warm.state import ASK

BACKLOG = 64

REST_SECONDS, LAST_REST_SECONDS = 10.0, 0.5
"""How often a server looks whether it was told to end, in case that came just before it began to wait for a call; and
one that has carried out enough whether a fresh one has taken its place."""


class Server:
    """One socket, one key; `lock` says that it is there until it has carried out `most` runs, which is enough."""

    def __init__(self, address: Path, binary: Path, lock: int, most: int) -> None:
        self._address = address
        self._binary = binary
        self._lock = lock
        self._most = most
        self._inode = 0
        self._slot = Slot()
        self._key = key(os.environ, Path.cwd(), binary)
        self._runs = 0

    def serve(self) -> None:
        """Load, try out, and fork until told to end; SystemExit when the trial fails."""
        self._load()
        signal.signal(signal.SIGCHLD, _bury)
        listener = self._listener()
        try:
            while not self._replaced():
                self._serve(listener)
        finally:
            if not self._replaced():
                self._address.unlink(missing_ok=True)

    def _load(self) -> None:
        """Ansible, and the trial; what went wrong is left for who asks why there is no server."""
        try:
            preload()
            gc.collect()
            gc.freeze()
            rehearse(self._binary)
        except Failed as error:
            self._give_up(str(error))
        except SystemExit as end:
            if end.code:
                self._give_up("Ansible can't be loaded.")
            raise
        except Exception as error:  # noqa: BLE001 (whatever it is, it is said, and runs go on without)
            self._give_up(f"Ansible can't be loaded: {type(error).__name__}.")

    def _give_up(self, why: str) -> NoReturn:
        with contextlib.suppress(OSError):
            self._address.with_suffix(FAILED).write_text(why, encoding="utf-8")
        sys.exit(1)

    def _serve(self, listener: socket.socket) -> None:
        """One call; after enough of them the lock is free, so that a fresh server is started, and takes the socket."""
        with contextlib.suppress(TimeoutError):
            line, _ = listener.accept()
            with line:
                self._answer(line)
        if self._runs >= self._most and listener.gettimeout() == REST_SECONDS:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            listener.settimeout(LAST_REST_SECONDS)

    def _replaced(self) -> bool:
        """Whether another server has the socket's name: nobody comes to us any more."""
        try:
            return self._address.stat().st_ino != self._inode
        except OSError:
            return True

    def _listener(self) -> socket.socket:
        """In place under its name only when it listens, whoever had it before."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        folder = os.open(self._address.parent, os.O_PATH | os.O_DIRECTORY)
        fresh = self._address.with_suffix(f"{SOCKET}.{os.getpid()}")
        listener.bind(f"/proc/self/fd/{folder}/{fresh.name}")  # the path itself may be too long for a socket
        listener.listen(BACKLOG)
        listener.settimeout(REST_SECONDS)
        self._inode = fresh.stat().st_ino
        fresh.replace(self._address)
        os.close(folder)
        return listener

    def _answer(self, line: socket.socket) -> None:
        """Fork a keeper for a run of ours; say why not otherwise, in a word of `Cold`."""
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
        name, _, value = ASK.partition("=")
        if ask.environment.get(name) == value:
            return str(self._runs)
        if Path(ask.argv[0]) != self._binary:
            return Cold.ANSIBLE
        try:
            now = key(ask.environment, Path(ask.folder), self._binary)
        except Unfit as unfit:
            return unfit.reason
        return "" if now == self._key else different(now, self._key)[1]

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
    """Serve: `server ROOT WORKER SOCKET ANSIBLE_PLAYBOOK LOCK MOST_RUNS`; the lock is open, and held."""
    _root, worker, address, binary, lock, most = sys.argv[1:]
    die_with(int(worker))
    sys.path[0] = str(Path(binary).parent)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Server(Path(address), Path(binary), int(lock), int(most)).serve()
