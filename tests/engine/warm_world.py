"""A project whose runs may find Ansible loaded, and what is known of its servers."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from bot.engine import told_warm
from bot.engine.warm.state import SERVERS
from tests.engine.world import Project, Recorder, a_plan


class Warm:
    """A project with an engine that is kept warm; `reasons` says of each run why Ansible was not loaded, if so."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.reasons: list[str] = []
        self.engine = project.engine(warm=True, started=lambda reason: self.reasons.append(reason or ""))

    @property
    def starts(self) -> list[bool]:
        """Of each run whether Ansible was loaded."""
        return [not reason for reason in self.reasons]

    def heat(self) -> None:
        """Until a server waits for runs as they are configured now."""
        before = self.sockets()
        self.engine.keep_warm()
        until(lambda: self.sockets() - before, "the server")

    def sockets(self) -> set[Path]:
        """Where servers listen."""
        return set((self.project.home / SERVERS).glob("*.sock"))

    def said(self) -> str:
        """What `doctor` says of the engine."""
        return told_warm(self.project.home)

    def servers(self) -> list[psutil.Process]:
        """Those that this process started."""
        home = str(self.project.home / SERVERS)
        found = [(child, " ".join(line(child))) for child in psutil.Process().children()]
        return [child for child, words in found if home in words and "bot.engine.warm.server" in words]

    def run(
        self, tasks: Any = None, *, cold: bool = False, cancel: Callable[[], bool] = lambda: False, **plan: Any
    ) -> Recorder:
        """A run of tasks, of a playbook by its path, or of a `module`; `cold` by an engine that starts Ansible anew."""
        playbook = self.project.playbook(tasks) if isinstance(tasks, list) else tasks
        recorder = Recorder()
        engine = self.project.engine() if cold else self.engine
        recorder.outcome = engine.carry_out(1, a_plan(playbook=playbook, **plan), {}, recorder, cancel)
        return recorder


def until(ready: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait for something."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def line(process: psutil.Process) -> list[str]:
    """Its command line; empty when it has ended."""
    try:
        return process.cmdline() if process.status() != psutil.STATUS_ZOMBIE else []
    except psutil.Error:
        return []
