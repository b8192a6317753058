"""A plan enters; ansible-playbook carries it out under ansible-runner, and what it reports leaves as RunEvents."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from bot.engine.backlog import MAX_ON_DISK
from bot.engine.command import ansible_playbook
from bot.engine.delivery import PATIENCE, Delivery
from bot.engine.door import Cancel, Outcome, Sink
from bot.engine.environment import allowed
from bot.engine.going import Going, Judged
from bot.engine.launch import surroundings
from bot.engine.normalize import Normalizer
from bot.engine.parameters import texts_of
from bot.engine.private import private_dir
from bot.engine.warm.cold import Cold
from bot.engine.warm.state import expect, remember
from bot.engine.warm.warmer import Warmer
from bot.errors import SignalboxError
from bot.model.event import ENDED, STATUS
from bot.model.run import Plan
from bot.model.secrecy import looks_secret
from bot.model.status import RunStatus

_log = structlog.get_logger(__name__)

UNDELIVERED = "The events of this run could not be stored, so what it did cannot be shown."


class AnsibleEngine:
    """The real engine.

    `project` is the Ansible project, `home` where private directories are made; `keep` names more variables of the
    worker's environment that playbooks may see (`AWS_*`); `binary` another ansible-playbook than this Python's own;
    `patience` the seconds that a failing sink has once the run has ended; `warm` lets runs use an Ansible that was
    loaded before (`keep_warm`); `started` is told of each start why it was not so, None if it was; `most_on_disk` are
    the bytes that events of one run may take in `home` while nobody takes them.
    """

    def __init__(
        self,
        project: Path,
        home: Path,
        *,
        keep: Sequence[str] = (),
        binary: Path | None = None,
        patience: float = PATIENCE,
        warm: bool = False,
        started: Callable[[Cold | None], None] = lambda _reason: None,
        most_on_disk: int = MAX_ON_DISK,
    ) -> None:
        self._project = project.resolve()
        self._home = home.resolve()
        self._keep = tuple(keep)
        self._binary = binary
        self._patience = patience
        self._started = started
        self._most_on_disk = most_on_disk
        self._warm_home = self._home if warm and binary is None and sys.platform == "linux" else None
        self._warmer: Warmer | None = None

    def keep_warm(self) -> None:
        """See that Ansible waits loaded for the next run; call it when there is time. It raises nothing."""
        if self._warm_home is None:
            expect(self._home, None, Cold.OFF)
            return
        try:
            self._warmer = self._warmer or Warmer(self._home, self._project, ansible_playbook())
            with private_dir(self._home, 0) as private:
                self._warmer.mind(surroundings(allowed(os.environ, self._keep), self._project, private))
        except (SignalboxError, OSError) as error:
            _log.warning("Ansible could not be loaded before the next run", why=str(error))

    def cool_down(self) -> None:
        """End what `keep_warm` started."""
        if self._warmer is not None:
            self._warmer.end()

    def _tell_start(self, server: Path | None, reason: Cold | None) -> None:
        remember(self._home, server, reason)
        self._started(reason)

    def carry_out(self, run_id: int, plan: Plan, secrets: Mapping[str, Any], sink: Sink, cancel: Cancel) -> Outcome:
        """See Engine. Not even a sink that fails for good raises: the outcome is then `error`."""
        delivery = Delivery(sink, self._patience)
        normalizer = Normalizer(run_id, known_secrets(plan, secrets), plan.secret_names, whole=plan.module is not None)
        delivery.last_chance()
        if not delivery.hand_over(normalizer.own(STATUS, time.time(), data={"status": RunStatus.STARTING.value})):
            return Outcome(status=RunStatus.ERROR, reason=UNDELIVERED, rc=None, final_counter=0)
        try:
            with private_dir(self._home, run_id) as private:
                way = self._warm_home, self._tell_start, self._most_on_disk
                going = Going(self._project, private, plan, secrets, delivery, normalizer, *way)
                judged = going.carry_out(allowed(os.environ, self._keep), self._binary or ansible_playbook(), cancel)
        except SignalboxError as error:
            judged = RunStatus.ERROR, str(error), None, ()
        except OSError as error:
            judged = RunStatus.ERROR, f"The run could not be prepared: {error.strerror or error}.", None, ()
        delivery.last_chance()
        return _end(judged, delivery, normalizer)


def known_secrets(plan: Plan, secrets: Mapping[str, Any]) -> list[str]:
    """Values to hide: the secrets, and parameters whose name says so though nobody declared them `no_log`."""
    named = [value for name, value in plan.parameters.items() if looks_secret(name)]
    return [text for value in [*secrets.values(), *named] for text in texts_of(value)]


def _end(judged: Judged, delivery: Delivery, normalizer: Normalizer) -> Outcome:
    """Say how it ended, as the last event; the private directory is gone by then."""
    status, reason, rc, busy = judged
    reason = normalizer.redactor.text(reason)
    final = normalizer.counter + 1
    said = {"status": status.value, "reason": reason, "rc": rc, "final_counter": final, "busy_hosts": list(busy)}
    if delivery.hand_over(normalizer.own(ENDED, time.time(), data=said)):
        return Outcome(status=status, reason=reason, rc=rc, final_counter=final, busy_hosts=busy)
    return Outcome(status=RunStatus.ERROR, reason=UNDELIVERED, rc=rc, final_counter=final, busy_hosts=busy)
