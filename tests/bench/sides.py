"""The two sides: the same playbook on the same hosts, asked for in chat, and by ansible-playbook alone."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.project import ROOT, Project
from tests.bench.timed import Timed, environment, run

_RESULTS = ("ok: ", "changed: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """A project and the home of the stack that serves it."""

    project: Project
    home: Path
    more: Mapping[str, str] = field(default_factory=dict)
    """Variables that the stack gets besides."""

    @property
    def variables(self) -> dict[str, str]:
        """The environment of every process of the road."""
        own = {"SIGNALBOX_HOME": str(self.home), "SIGNALBOX_PROJECT": str(self.project.folder)}
        return environment(PYTHONPATH=str(ROOT), **own, **self.more)

    def say(self, *commands: str, json: bool = False, on_start: Callable[[int], None] = lambda _pid: None) -> Timed:
        """The chat, with `-c` for every command; RuntimeError when the last one was not successful."""
        said = [part for command in commands for part in ("-c", command)]
        argv = [sys.executable, "-m", "bot", "chat", *(["--json"] if json else []), *said]
        return _checked(run(argv, folder=self.project.folder, variables=self.variables, on_start=on_start))

    def road(self, runbook: str) -> Timed:
        """Ask for the runbook in chat, and wait until the chat has shown the recap and left."""
        return self.say(asking(runbook))

    def bare(self, playbook: str) -> Timed:
        """ansible-playbook alone."""
        return _checked(
            run(self.bare_argv(playbook, limit(playbook)), folder=self.project.folder, variables=environment())
        )

    @staticmethod
    def bare_argv(playbook: str, hosts: str) -> list[str]:
        """ansible-playbook's words."""
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        return [program, "--inventory", "inventories/bench", "--limit", hosts, f"playbooks/{playbook}.yml"]


def asking(runbook: str) -> str:
    """The command for the whole runbook."""
    return f"run {runbook} on {limit(runbook)} in bench"


def limit(name: str) -> str:
    """Where a playbook is to run, on both sides."""
    return "few" if name == "one" else "all"


def is_result(line: str) -> bool:
    """Whether a line of either side tells a task's result on a host."""
    return line.strip().startswith(_RESULTS)


def _checked(done: Timed) -> Timed:
    if done.status:
        raise RuntimeError(f"ended with {done.status}:\n" + "\n".join(line for _, line in done.lines[-20:]))
    return done
