"""A home enters; what killed workers left behind in it is ended and removed: processes, secrets, sockets."""

from collections.abc import Callable
from pathlib import Path

from bot.engine.private import RUNS, remove
from bot.engine.processes import RunProcesses


def sweep(home: Path, alive: Callable[[int], bool]) -> list[int]:
    """End the processes and remove the directories of runs that are not `alive`; their run ids.

    A directory's name is the mark of its run's processes: SSH masters, for one, outlive a worker that was killed.
    """
    swept = []
    for root in sorted((home / RUNS).glob("*-*")):
        run_id = root.name.partition("-")[0]
        if run_id.isdigit() and root.is_dir() and not root.is_symlink() and not alive(int(run_id)):
            end(root)
            remove(root)
            swept.append(int(run_id))
    return swept


def drop(home: Path, run_id: int) -> None:
    """End the processes of a run, and remove what their modules leave; its directory stays."""
    for root in (home / RUNS).glob(f"{run_id}-*"):
        end(root)


def end(root: Path) -> None:
    """The same by its private directory."""
    processes = RunProcesses(root.name)
    processes.end()
    processes.remains.remove()
