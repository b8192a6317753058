"""One run with its private directory enters; it is prepared, started, watched, cleaned up after and judged."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from bot.engine.adhoc import write_playbook
from bot.engine.backlog import MAX_ON_DISK, Backlog
from bot.engine.command import command, playbook_of
from bot.engine.delivery import Delivery
from bot.engine.door import Cancel
from bot.engine.environment import for_playbook
from bot.engine.expect import Expectations
from bot.engine.launch import launch
from bot.engine.normalize import Normalizer
from bot.engine.parameters import extra_vars
from bot.engine.private import PrivateDir, write
from bot.engine.processes import RunProcesses, close_masters
from bot.engine.pump import Pump
from bot.engine.vault import vault_values
from bot.engine.verdict import Ending, told_unmet, verdict
from bot.engine.warm.cold import Cold
from bot.engine.warm.state import failure
from bot.engine.watch import Watcher
from bot.model.event import STATUS
from bot.model.run import Plan
from bot.model.status import RunStatus

Judged = tuple[RunStatus, str, int | None, tuple[str, ...]]
"""Status, reason (not redacted), exit code, hosts that may be busy."""


Started = Callable[[Path | None, Cold | None], None]
"""Told which server a run was meant for, if there could be one, and why Ansible was started anew, if it was."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Going:
    """One run under way."""

    _project: Path
    _private: PrivateDir
    _plan: Plan
    _secrets: Mapping[str, Any]
    _delivery: Delivery
    _normalizer: Normalizer
    _warm_home: Path | None
    _started: Started
    _most_on_disk: int = MAX_ON_DISK
    _server: Path | None = None

    def carry_out(self, own: Mapping[str, str], binary: Path, cancel: Cancel) -> Judged:
        """All of it; SignalboxError or OSError when it can't even be started."""
        environment = for_playbook(own, self._project, self._private)
        arguments = self._prepared(binary)
        # A check skips commands, so that their output can't be as expected.
        expectations = Expectations(() if self._plan.options.check else self._plan.expect)
        self._delivery.hand_over(self._normalizer.own(STATUS, time.time(), data={"status": RunStatus.RUNNING.value}))
        self._delivery.under_way()
        backlog = Backlog(self._private.root / "backlog", most=self._most_on_disk)
        pump = Pump(backlog, self._delivery, self._normalizer, expectations)
        ending = self._run(arguments, environment, pump, cancel)
        status, reason = self._judge(ending, pump)
        stopped = status in {RunStatus.CANCELED, RunStatus.TIMEOUT} or pump.full
        return status, reason, ending.rc, tuple(pump.tally.busy) if stopped else ()

    def _prepared(self, binary: Path) -> list[str]:
        """Everything that ansible-playbook reads, written; its arguments."""
        plan, private = self._plan, self._private
        playbook = playbook_of(plan, self._project) or write_playbook(plan, self._project, private)
        write(private.extra_vars, extra_vars(plan.parameters, self._secrets))
        write(private.limit, "".join(f"{host}\n" for host in plan.target.hosts))
        return command(plan, self._project, playbook, private, binary)

    def _run(self, arguments: list[str], environment: dict[str, str], pump: Pump, cancel: Cancel) -> Ending:
        """From the process's start until nothing of it is left and all its events are through."""
        processes = RunProcesses(self._private.mark)
        watcher = Watcher(processes, lambda: bool(pump.full) or cancel(), self._plan.timeout)

        def on_look() -> None:
            pump.begin(lambda: vault_values(self._project, self._plan.target.environment, environment))

        def on_event(raw: dict[str, Any]) -> None:
            on_look()
            pump.put(raw)

        try:
            rc = launch(
                arguments,
                environment,
                self._project,
                self._private,
                warm_home=self._warm_home,
                on_way=self._meant_for,
                on_start=watcher.begin,
                on_event=on_event,
                on_look=on_look,
            )
        finally:
            watcher.finish()
            self._tell_how()
            close_masters(self._private.sockets, environment)
            self._delivery.last_chance()
            pump.finish()
            if watcher.stopped or pump.tally.stats is None:  # it was ended, by us or somebody else: its tasks go on
                processes.end()
                processes.remains.remove()
        return Ending(rc=rc, stopped=watcher.stopped, seconds=self._plan.timeout)

    def _meant_for(self, server: Path | None) -> None:
        self._server = server

    def _tell_how(self) -> None:
        """Whether Ansible was loaded already, to whom it concerns."""
        reason = Cold(self._private.cold.read_text()) if self._private.cold.exists() else None
        if reason:
            more = failure(self._server) if self._server and reason is Cold.SELF_TEST else ""
            _log.info("Ansible was started anew", reason=reason.value, why=f"{reason.sentence} {more}".rstrip())
        self._started(self._server, reason)

    def _judge(self, ending: Ending, pump: Pump) -> tuple[RunStatus, str]:
        """The verdict; what the runbook only hoped to see, and did not, becomes warnings."""
        if pump.broken is not None:
            return RunStatus.ERROR, f"Signalbox could not follow the run ({type(pump.broken).__name__})."
        if pump.full:
            return RunStatus.ERROR, f"It was ended: there is no room on the worker for its events, {pump.full}."
        tally = pump.tally
        unmet = pump.expectations.missing(tally.stats or ())
        # Redacted before anything is shortened, so that no half of a secret is left.
        tally.heard = self._normalizer.redactor.text("\n".join(tally.heard)).splitlines()
        status, reason = verdict(ending, tally, unmet, [str(self._private.root), str(self._project)])
        hoped = [told_unmet(wanted, hosts) for wanted, hosts in unmet if wanted.allow_failure]
        if status is RunStatus.SUCCESSFUL and hoped:
            said = [f"The output is not as hoped: {one}." for one in hoped]
            self._delivery.hand_over(self._normalizer.own("warning", time.time(), warnings=said))
        return status, reason
