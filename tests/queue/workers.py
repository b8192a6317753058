"""A RunWorker in a process of its own: a Redis (socket or URL) and a folder enter, files that tell what it did leave.

Run id 1000 and above: the run goes on until a file `release` appears in the folder; from 2000 on it tells nothing
before it is over, as one that has not started.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

LONG = 1000
UNTOLD = 2000


class WorkerProcess:
    """The test's end: start, look, signal, end."""

    def __init__(
        self,
        redis: Path | str,
        folder: Path,
        *,
        python_path: Path | None = None,
        queues: str = "default",
        gives_back: bool = False,
        patience: str = "",
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        root = Path(__file__).parents[2]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, filter(None, (python_path, root))))}
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tests.queue.workers",
                    str(redis),
                    str(folder),
                    queues,
                    patience,
                    str(gives_back),
                ],
                cwd=root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def log(self) -> str:
        """What it has logged so far."""
        return (self.folder / "log").read_text(errors="replace")

    def carried(self, run_id: int) -> bool:
        """Whether it carried the run out to the end."""
        return (self.folder / f"carried.{run_id}").exists()

    def carrier(self, run_id: int) -> int | None:
        """The pid of the process that carries the run out, once it has begun."""
        begun = self.folder / f"begun.{run_id}"
        return int(begun.read_text()) if begun.exists() else None

    def died(self, run_id: int) -> bool:
        """Whether it was told that the run's process was killed."""
        return (self.folder / f"died.{run_id}").exists()

    def tidied(self) -> int:
        """How often it has tidied up."""
        return (self.folder / "tidied").read_text().count("\n")

    def release(self) -> None:
        """Let the long runs come to their end."""
        (self.folder / "release").touch()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self) -> None:
        """Leave nothing of it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie that nobody has buried yet has)."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _write(path: Path, text: str) -> None:
    half = path.with_name(path.name + ".half")
    half.write_text(text)
    half.rename(path)


def main(where: str, folder: Path, queues: list[str], patience: float | None, *, gives_back: bool) -> None:
    """The worker's end."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    from bot.app_redis import client as client_of
    from bot.queue import RedisQueue, SealedBox
    from bot.queue import worker as room
    from tests.queue.conftest import envelope

    room.MONITOR_SECONDS, room.TIDY_SECONDS = 1, 0.0
    by_url = "://" in where
    client = client_of(where) if by_url else Redis(unix_socket_path=where, retry=Retry(NoBackoff(), 0))
    queue = RedisQueue(client, SealedBox(b"0" * 43 + b"="))

    def carry(run_id: int) -> None:
        _write(folder / f"begun.{run_id}", str(os.getpid()))
        while run_id >= LONG and not (folder / "release").exists():
            if patience is not None and queue.cancel_asked(run_id):
                break
            time.sleep(0.01)
        _write(folder / f"carried.{run_id}", str(os.getpid()))

    def died(run_id: int) -> None:
        if gives_back:
            queue.give_back(run_id, envelope(run_id).plan)
        else:
            queue.forget(run_id)
        _write(folder / f"died.{run_id}", "")

    def drop(run_id: int) -> None:
        pid = int((folder / f"begun.{run_id}").read_text())
        _write(folder / f"dropped.{run_id}", psutil.Process(pid).status())

    def tidy() -> None:
        with (folder / "tidied").open("a") as file:
            file.write("once\n")

    stop = room.Patience(patience, queue.ask_cancel, lambda run_id: run_id < UNTOLD)
    worker = room.RunWorker(client, carry=carry, died=died, drop=drop, stop=stop, tidy=tidy, queues=queues)
    worker.run_until_stopped()


if __name__ == "__main__":
    _, where, folder, queues, patience, gives_back = sys.argv
    seconds = float(patience) if patience else None
    main(where, Path(folder), queues.split(","), seconds, gives_back=gives_back == "True")
