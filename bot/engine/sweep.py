"""A home enters; what killed workers left behind in it is ended and removed: processes, secrets, sockets."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.engine.private import RUNS, remove
from bot.engine.processes import RunProcesses

SILENT_SECONDS = 5.0
"""How far apart two looks are that find a run without a sign of life: it shows one each second, if Redis is there."""
FORGOTTEN_SECONDS = 600.0
"""A look so long ago says nothing any more: the run may have lived in between."""


class Sweep:
    """Of one process and one home; `alive` tells whether a run shows a sign of life, `clock` counts seconds.

    A run without one may be healthy all the same, until its next: Redis was away for longer than a sign lasts. So a
    run is swept that was silent at two looks. A directory's name is the mark of its run's processes: SSH masters, for
    one, outlive a worker that was killed.
    """

    def __init__(
        self,
        home: Path,
        alive: Callable[[int], bool],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._home = home
        self._alive = alive
        self._clock = clock
        self._sleep = sleep
        self._silent: dict[Path, float] = {}

    def look(self) -> list[int]:
        """End the processes and remove the directories of runs that were silent before, and are; their run ids.

        What `alive` raises is passed on; then nothing is known of what was silent before.
        """
        before, self._silent = self._silent, {}
        now, swept = self._clock(), []
        for root, run_id in _roots(self._home):
            if self._alive(run_id):
                continue
            since = before.get(root, now)
            if now - since > FORGOTTEN_SECONDS:
                since = now
            if now - since < SILENT_SECONDS:
                self._silent[root] = since
            else:
                _clear(root)
                swept.append(run_id)
        return swept

    def last_look(self) -> None:
        """A look, and where somebody is silent a second one as soon as it counts: nobody may come to look later."""
        self.look()
        if self._silent:
            self._sleep(SILENT_SECONDS - self._clock() + max(self._silent.values()))
            self.look()

    def bury(self, run_id: int) -> None:
        """The same at once for a run whose process is known to be dead, unless somebody else carries it out by now."""
        mine = [root for root, number in _roots(self._home) if number == run_id]
        if mine and not self._alive(run_id):
            for root in mine:
                _clear(root)


def drop(home: Path, run_id: int) -> None:
    """End the processes of a run, and remove what their modules leave; its directory stays."""
    for root in (home / RUNS).glob(f"{run_id}-*"):
        end(root)


def end(root: Path) -> None:
    """The same by its private directory."""
    processes = RunProcesses(root.name)
    processes.end()
    processes.remains.remove()


def _roots(home: Path) -> Iterator[tuple[Path, int]]:
    """The private directories of a home, and whose they are."""
    for root in sorted((home / RUNS).glob("*-*")):
        run_id = root.name.partition("-")[0]
        if run_id.isdigit() and root.is_dir() and not root.is_symlink():
            yield root, int(run_id)


def _clear(root: Path) -> None:
    end(root)
    remove(root)
