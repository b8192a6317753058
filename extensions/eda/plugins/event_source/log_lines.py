"""Lines of a log that fit a pattern: an event source plugin of Event-Driven Ansible.

    sources:
      - log_lines:
          path: /var/log/app.log
          pattern: "OutOfMemory|Traceback"
          service: app
          host: web1
          quiet: 300      # seconds without such a line until the alert is over
          every: 1        # seconds from one look to the next

Only lines that are written after the sensor began count. A file that is not there yet, is cut off or put in place of
the old one is read from its beginning. What is said is an alert: the first line opens an incident, quiet closes it.
"""

import asyncio
import os
import re
import time
from pathlib import Path
from typing import Any

LONGEST = 2_000
AT_ONCE = 1_000_000
"""Bytes that are read in one look."""


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Look at the file until ended."""
    log, pattern = _Log(Path(str(args["path"]))), re.compile(str(args["pattern"]))
    last = 0.0
    while True:
        found = [line for line in await asyncio.to_thread(log.new_lines) if pattern.search(line[:LONGEST])]
        now = time.monotonic()
        if found:
            if not last:
                await queue.put({"alert": _alert(args, "firing", found[0])})
            last = now
        elif last and now - last >= float(args.get("quiet", 300)):
            last = 0.0
            await queue.put({"alert": _alert(args, "resolved", "")})
        await asyncio.sleep(float(args.get("every", 1)))


class _Log:
    """A file that grows; `new_lines` gives what has come since it was last asked, whole lines only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = 0
        self._at = 0
        self._rest = b""
        try:
            state = path.stat()
            self._file, self._at = state.st_ino, state.st_size
        except OSError:
            pass

    def new_lines(self) -> list[str]:
        try:
            with self._path.open("rb") as opened:
                state = os.fstat(opened.fileno())
                if state.st_ino != self._file or state.st_size < self._at:
                    self._file, self._at, self._rest = state.st_ino, 0, b""
                opened.seek(self._at)
                read = opened.read(AT_ONCE)
        except OSError:
            return []
        self._at += len(read)
        *lines, self._rest = (self._rest + read).split(b"\n")
        self._rest = self._rest[-AT_ONCE:]
        return [line.decode("utf-8", "replace") for line in lines]


def _alert(args: dict[str, Any], status: str, line: str) -> dict[str, Any]:
    path, service = str(args["path"]), str(args.get("service", ""))
    return {
        "subject": f"{path}: {args['pattern']}",
        "status": status,
        "symptom": str(args.get("symptom", "log line")),
        "title": f"{service or path} logs {args['pattern']}",
        "service": service,
        "host": str(args.get("host", "")),
        "severity": str(args.get("severity", "warning")),
        "annotations": {"line": line[:LONGEST]},
    }
