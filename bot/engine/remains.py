"""Processes that are about to be killed enter; the folders that their modules leave on this machine are removed.

Ansible removes the folder of a module, with its arguments, when the module has ended; killed, it can't.
"""

import os
import pwd
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import psutil

_FOLDER = re.compile(r"(/[^\s'\"]{0,4000}/ansible-tmp-[0-9.]{1,40}-([0-9]{1,10})-[0-9]{1,40})/")
"""The second group is the process that made it: a worker of ansible-playbook."""


class Remains:
    """What killed processes leave."""

    def __init__(self) -> None:
        self._pids: set[int] = set()
        self._folders: dict[Path, int] = {}

    def note(self, processes: Iterable[psutil.Process]) -> None:
        """Remember who they are, and the folders that their command lines name."""
        for process in processes:
            self._pids.add(process.pid)
            for folder, pid in _FOLDER.findall(_command(process)):
                self._folders[Path(folder)] = int(pid)

    def remove(self) -> None:
        """Remove those folders, unless somebody else made them who lives, and others in the usual places by maker."""
        for folder, pid in self._folders.items():
            if pid in self._pids or not psutil.pid_exists(pid):  # the maker may have ended before its module
                shutil.rmtree(folder, ignore_errors=True)
        for place in _places():
            for pid in self._pids:
                for folder in place.glob(f"ansible-tmp-*-{pid}-*"):
                    shutil.rmtree(folder, ignore_errors=True)


def _places() -> set[Path]:
    """Ansible asks the shell for `~user`, which the password database answers, and not HOME."""
    homes = {Path("~").expanduser(), Path(pwd.getpwuid(os.getuid()).pw_dir)}
    return {home / ".ansible" / "tmp" for home in homes}


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return ""
