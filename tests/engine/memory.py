"""A process and a text enter; whether the process has it in its memory leaves."""

import os
from pathlib import Path

_AT_ONCE = 16_000_000


def holds(pid: int, text: str) -> bool:
    """Whether `text`, in any of the ways in which Python stores it, is in memory that the process can write to."""
    wanted = [text.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-32-le")]
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        return any(_found(memory.fileno(), *region, wanted) for region in _regions(pid))


def _regions(pid: int) -> list[tuple[int, int]]:
    found = []
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        place, rights = line.split()[:2]
        if rights.startswith("rw") and "[vvar]" not in line:
            first, last = (int(number, 16) for number in place.split("-"))
            found.append((first, last))
    return found


def _found(memory: int, first: int, last: int, wanted: list[bytes]) -> bool:
    longest = max(map(len, wanted))
    for place in range(first, last, _AT_ONCE):
        try:
            part = os.pread(memory, min(_AT_ONCE + longest, last - place), place)
        except OSError:
            continue
        if any(each in part for each in wanted):
            return True
    return False
