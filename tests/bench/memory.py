"""Processes enter; their memory leaves, as it is now or at its highest while something ran."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psutil

EVERY_SECONDS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Bytes: resident, and proportional (pages that processes share are divided among them)."""

    rss: int = 0
    pss: int = 0

    def highest(self, other: "Memory") -> "Memory":
        """The larger of each."""
        return Memory(rss=max(self.rss, other.rss), pss=max(self.pss, other.pss))


def of(processes: Sequence[psutil.Process]) -> Memory:
    """What they have together; one that has just ended counts nothing."""
    total = Memory()
    for process in processes:
        try:
            full = process.memory_full_info()
        except psutil.Error:
            continue
        total = Memory(rss=total.rss + full.rss, pss=total.pss + full.pss)
    return total


class Peaks:
    """Looks four times a second while the context is open; `seen` is the highest of each name that `look` gave.

    `course` has all looks, in their order.
    """

    def __init__(self, look: Callable[[], Mapping[str, Sequence[psutil.Process]]]) -> None:
        self.seen: dict[str, Memory] = {}
        self.course: dict[str, list[Memory]] = {}
        self._look = look
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            try:
                groups = dict(self._look())
            except psutil.Error:
                continue
            for name, processes in groups.items():
                now = of(processes)
                self.seen[name] = self.seen.get(name, Memory()).highest(now)
                self.course.setdefault(name, []).append(now)
