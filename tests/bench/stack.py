"""A running stack (`python -m bot up`): a home enters, its processes leave, and all of them have ended afterwards."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bot.app import App
from bot.queue import Leases
from bot.settings import Settings
from tests.bench.sides import Sides

READY_SECONDS = 60.0
WORKERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """`app` looks into the same Redis and SQL; `pid` is the supervisor, `url` is where `serve` answers.

    `began` is when it was started, on a monotonic clock; `ready` is how many seconds its workers and relay took.
    """

    app: App
    began: float
    ready: float
    pid: int
    url: str

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Living processes by what they do: up, relay, worker, serve, sense, redis.

        `horse` is what a worker has forked, `engine` the process in which Ansible waits, `sensor` runs one source.
        """
        found: dict[str, list[psutil.Process]] = {"up": [psutil.Process(self.pid)]}
        for child in psutil.Process(self.pid).children():
            name = _name(child)
            found.setdefault(name, []).append(child)
            for under in child.children():
                found.setdefault(_under(name, under), []).append(under)
        return found

    def cpu(self) -> float:
        """Seconds that the processors have worked for all of it so far, ended horses and their Ansible included."""
        living = [process for group in self.processes().values() for process in group]
        return sum(sum(process.cpu_times()[:4]) for process in living)


@contextmanager
def stack(sides: Sides, workers: int = WORKERS) -> Iterator[Stack]:
    """Start it, wait until relay and workers are ready, and end it by its pid."""
    began, port = time.monotonic(), free_port()
    app = App(Settings(SIGNALBOX_HOME=sides.home, SIGNALBOX_PROJECT=sides.project.folder, _env_file=None))
    sides.home.mkdir(mode=0o700, exist_ok=True)
    with (
        (sides.home / "up.log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "bot", "up", "--port", str(port), "--workers", str(workers)],
            cwd=sides.project.folder,
            env=sides.variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            _await_ready(app, sides.home / "up.log", workers)
            ready, url = time.monotonic() - began, f"http://127.0.0.1:{port}"
            yield Stack(app=app, began=began, ready=ready, pid=process.pid, url=url)
        finally:
            app.redis.close()
            process.terminate()


def _await_ready(app: App, log: Path, workers: int) -> None:
    socket_file = app.settings.home_dir / "redis" / "redis.sock"
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if socket_file.exists() and app.queue.workers() >= workers and Leases(app.redis).held("relay"):
            return
        time.sleep(0.01)
    raise RuntimeError("The stack did not come up:\n" + log.read_text())


def _under(name: str, process: psutil.Process) -> str:
    if name != "worker":
        return {"sense": "sensor"}.get(name, name)
    try:
        return "engine" if "bot.engine.warm.server" in " ".join(process.cmdline()) else "horse"
    except psutil.ZombieProcess:  # a second worker's attempt to load Ansible, which found that it was loaded
        return "horse"


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    if any("redis-server" in word for word in words[:1]):
        return "redis"
    return next((word for word in words if word in {"relay", "worker", "serve", "sense"}), "other")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
