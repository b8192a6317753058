"""A prepared run enters; ansible-runner starts ansible-playbook for it, and its exit code leaves when it has ended."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible_runner.runner as runner_module
import pexpect  # type: ignore[import-untyped]
from ansible_runner.config.runner import RunnerConfig
from ansible_runner.runner import Runner

from bot.engine.environment import callback_plugins, config_file, for_playbook
from bot.engine.private import PrivateDir, write
from bot.engine.warm.cold import Cold, Unfit
from bot.engine.warm.warmer import SHIM, address

_READ_AT_ONCE = 65_536
_LONGER, _LONGEST = 0.0001, 0.04
"""Seconds by which the rest after a look at the terminal grows, and what it comes to."""

_PLUGINS = "ANSIBLE_CALLBACK_PLUGINS"
_HOST_KEYS = "ANSIBLE_HOST_KEY_CHECKING"


def launch(
    command: list[str],
    environment: dict[str, str],
    project: Path,
    private: PrivateDir,
    *,
    warm_home: Path | None,
    on_way: Callable[[Path | None], None],
    on_start: Callable[[], None],
    on_event: Callable[[dict[str, Any]], None],
    on_look: Callable[[], None],
) -> int | None:
    """Run `command` in `project` until it ends; None when its exit code could not be learned (it was killed).

    `on_start` is called when the process is there, `on_event` gets each event as the runner has it, `on_look` is called
    again and again, the first time some seconds later; none of them may raise or take long. A server in `warm_home`
    carries it out, if one fits: `on_way` is told which one that would be. Why it did not is in `private.cold`.
    """
    config = _config(project, private)
    config.env = _environment(config.env, environment, project)
    server = _server(command, config.env, project, private, warm_home)
    on_way(server)
    config.command = [*_dies_with_us(), *_warmed(command, private, server)]
    runner_module.pexpect = _Quicker(on_start)
    runner = Runner(config, cancel_callback=_never(on_look), event_handler=_never(on_event))
    try:
        runner.run()
    except pexpect.TIMEOUT:  # a process that outlives ansible-playbook holds the terminal open: all is said by then
        return None
    return int(runner.rc) if runner.rc is not None else None


def surroundings(own: dict[str, str], project: Path, private: PrivateDir) -> dict[str, str]:
    """The environment that a run with this private directory would have."""
    return _environment(_config(project, private).env, for_playbook(own, project, private), project)


def _dies_with_us() -> list[str]:
    """What makes the kernel end Ansible when its worker dies, whatever kills it."""
    return [setpriv, "--pdeathsig", "TERM", "--"] if (setpriv := shutil.which("setpriv")) else []


def _server(
    command: list[str], environment: dict[str, str], project: Path, private: PrivateDir, home: Path | None
) -> Path | None:
    """The socket of the server for this run; None, with the reason left where the shim leaves it, if there is none."""
    if home is None:
        write(private.cold, Cold.OFF)
        return None
    try:
        return address(home, environment, project, Path(command[0]))
    except Unfit as unfit:
        write(private.cold, unfit.reason)
        return None


def _warmed(command: list[str], private: PrivateDir, server: Path | None) -> list[str]:
    """`command`, called through the shim if there may be a server."""
    if server is None:
        return command
    return [sys.executable, "-I", "-S", str(SHIM), str(server), str(private.cold), *command]


def _config(project: Path, private: PrivateDir) -> RunnerConfig:
    """The runner's own preparation; `fact_cache_type` other than its default leaves fact caching to the project."""
    config = RunnerConfig(
        private_data_dir=str(private.root),
        project_dir=str(project),
        playbook="as in the command",
        ident="run",
        fact_cache_type="as configured",
        quiet=True,
    )
    config.prepare()
    return config


def _environment(prepared: dict[str, str], own: dict[str, str], project: Path) -> dict[str, str]:
    """`own`, and what the runner added to the worker's environment: that one itself stays behind.

    The runner would switch the check of host keys off, and hide the callback plugins that an ansible.cfg names.
    """
    added = {name: value for name, value in prepared.items() if os.environ.get(name) != value}
    added.pop(_HOST_KEYS, None)
    if _PLUGINS not in own and (configured := callback_plugins(config_file(own, project))):
        added[_PLUGINS] = f"{configured}:{added[_PLUGINS]}"
    return {**own, **added}


class _Terminal(pexpect.spawn):  # type: ignore[misc]
    """The runner's terminal, which it closes when the process has ended: there is nothing to give 0.1 s more for.

    After each look it rests, the longer the more has come: a look costs the same for one event and for ten.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, maxread=_READ_AT_ONCE, **options)
        self.ptyproc.delayafterclose = 0
        self.delayafterread = 0.0

    def read_nonblocking(self, size: int = 1, timeout: float | None = -1) -> str:
        text: str = super().read_nonblocking(size, timeout)
        self.delayafterread = min(self.delayafterread + _LONGER, _LONGEST)
        return text


class _Quicker:
    """What the runner uses of pexpect."""

    exceptions = pexpect.exceptions
    EOF = pexpect.EOF

    def __init__(self, on_start: Callable[[], None]) -> None:
        self._on_start = on_start

    def spawn(self, *arguments: Any, **options: Any) -> _Terminal:
        made = _Terminal(*arguments, **options)
        self._on_start()
        return made


def _never(told: Callable[..., None]) -> Callable[..., bool]:
    """A callback whose answer is always no: not canceled (we end it ourselves), no event file."""

    def answer(*arguments: Any) -> bool:
        told(*arguments)
        return False

    return answer
