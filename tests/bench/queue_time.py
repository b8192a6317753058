"""Redis' own record of commands enters; how long a run lay in the queue before a worker took it leaves."""

import threading
from types import TracebackType
from typing import Any, Self

from redis import Redis

_BY = 5.0


class QueueTime:
    """Listens with MONITOR while the context is open: from RQ's push to the worker's claim, in seconds."""

    def __init__(self, redis: Redis) -> None:
        self.pushed: float | None = None
        self.claimed: float | None = None
        self._redis = redis
        self._listening = threading.Event()
        self._through = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._listening.wait(_BY):
            raise RuntimeError("Redis does not tell what is said to it.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._through.wait(_BY)

    @property
    def seconds(self) -> float:
        """From push to claim; RuntimeError when either was not seen."""
        if self.pushed is None or self.claimed is None:
            raise RuntimeError("The run was not seen in the queue.")
        return self.claimed - self.pushed

    def _listen(self) -> None:
        with self._redis.monitor() as monitor:
            self._listening.set()
            for said in monitor.listen():
                self._hear(said)
                if self.claimed is not None:
                    self._through.set()
                    return

    def _hear(self, said: dict[str, Any]) -> None:
        command = str(said["command"])
        name = command.partition(" ")[0].upper()
        if name in {"RPUSH", "LPUSH"} and "rq:queue:" in command and self.pushed is None:
            self.pushed = float(said["time"])
        if name == "SET" and command.split(" ")[1].endswith(":claimed"):
            self.claimed = float(said["time"])
