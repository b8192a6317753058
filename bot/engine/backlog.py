"""Raw events enter from the runner, never waiting; the same leave in order, from memory or from a file."""

import errno
import json
import os
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from threading import Condition, Event
from typing import IO, Any

MAX_ON_DISK = 1024 * 2**20
"""Bytes that one run's events may take there."""
MAX_IN_MEMORY = 1_000
"""Events that wait in memory. A handler that waits would stop Ansible, and the runner raises when it does so long."""


class Backlog:
    """A queue between two threads; what is too much for memory waits in the file `spill`, `most` bytes of it.

    `full` says why that had no more room: what came then and later is not in the queue, and the run cannot go on.
    """

    def __init__(self, spill: Path, limit: int = MAX_IN_MEMORY, most: int = MAX_ON_DISK) -> None:
        self.full = ""
        self._spill = spill
        self._limit = limit
        self._most = most
        self._waiting: deque[Mapping[str, Any]] = deque()
        self._file: IO[bytes] | None = None
        self._read_at = 0
        self._in_file = 0
        self._closed = Event()
        self._changed = Condition()

    def put(self, raw: Mapping[str, Any]) -> None:
        """Add one; returns at once."""
        with self._changed:
            if self.full:
                return
            if self._in_file or len(self._waiting) >= self._limit:
                self._to_file(raw)
            else:
                self._waiting.append(raw)
            self._changed.notify()

    def take(self, count: int) -> list[Mapping[str, Any]]:
        """At least one and at most `count`, in order; waits for them; empty when closed and nothing is left."""
        with self._changed:
            while not self._waiting and not self._closed.is_set():
                self._changed.wait()
            taken = [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]
            if not self._waiting and self._in_file:
                self._from_file()
            return taken

    def rest(self, seconds: float) -> None:
        """Let it fill for so long, or until nothing more will come."""
        self._closed.wait(seconds)

    def close(self) -> None:
        """Nothing more will come."""
        with self._changed:
            self._closed.set()
            self._changed.notify()

    def _to_file(self, raw: Mapping[str, Any]) -> None:
        line = json.dumps(raw).encode() + b"\n"
        try:
            self._append(line)
        except OSError as error:
            self.full = error.strerror or type(error).__name__
        else:
            self._in_file += 1

    def _append(self, line: bytes) -> None:
        """The whole line, or OSError and nothing of it."""
        if self._file is None:
            self._file = self._spill.open("w+b", buffering=0)
            self._spill.chmod(0o600)
        end = self._file.seek(0, 2)
        if end + len(line) > self._most:
            raise OSError(errno.EDQUOT, f"they would take more than {self._most // 2**20} MB")
        if self._file.write(line) < len(line):  # what a disk does that has little room left
            self._file.truncate(end)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _from_file(self) -> None:
        """The next ones into memory; an emptied file is let go."""
        if self._file is None:
            return
        self._file.seek(self._read_at)
        with open(self._file.fileno(), "rb", closefd=False) as reader:
            for _ in range(min(self._limit, self._in_file)):
                line = reader.readline()
                self._read_at += len(line)
                self._waiting.append(json.loads(line))
                self._in_file -= 1
        if not self._in_file:
            self._file.close()
            self._spill.unlink()
            self._file, self._read_at = None, 0
