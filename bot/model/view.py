"""What the folded RunEvents of a run look like now; everything a run card needs, and nothing that grows with events."""

from dataclasses import dataclass

from bot.model.consent import Pending
from bot.model.run import HostOutcome
from bot.model.status import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A task that failed on a host, or a host that could not be reached (`unreachable`).

    `counter` is that of the event which told of it: a host that was rescued and fails again has another failure. It is
    0 when only Ansible's statistics tell.
    """

    host: str
    task: str
    message: str
    unreachable: bool = False
    counter: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """One wave of a run: how many hosts, how it stands (empty: to come; running, done, waiting), how many failed."""

    hosts: int
    state: str = ""
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a run: its name, how it stands (empty: to come; running, done, failed), and what there is to say."""

    name: str
    state: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run as it looks now. Times are UTC seconds since the epoch.

    `task_hosts` are hosts under way in the current task (at most 20 names, the rest counted in `task_hosts_more`);
    `task_done` of `task_total` hosts are through it. `outcomes` holds every host with any result, worst first.
    `failures` are the first 50, newest last; `failure_count` counts all. `busy_hosts` may still be working after a
    cancel. `waves` are empty for a run that takes all hosts at once, `steps` for one that is one ansible-playbook.
    """

    run_id: int
    status: RunStatus
    counter: int = 0
    play: str = ""
    task: str = ""
    task_number: int = 0
    task_started_at: float | None = None
    task_done: int = 0
    task_total: int = 0
    task_hosts: tuple[str, ...] = ()
    task_hosts_more: int = 0
    started_at: float | None = None
    ended_at: float | None = None
    outcomes: tuple[HostOutcome, ...] = ()
    failures: tuple[Failure, ...] = ()
    failure_count: int = 0
    warnings: tuple[str, ...] = ()
    reason: str = ""
    busy_hosts: tuple[str, ...] = ()
    final_counter: int | None = None
    waves: tuple[Wave, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def asks_go(self) -> bool:
        """Whether a person has to say go before the next wave."""
        return not self.status.final and any(wave.state == "waiting" for wave in self.waves)

    @property
    def drained(self) -> bool:
        """Whether the run has ended and every one of its events has been folded."""
        return self.final_counter is not None and self.counter >= self.final_counter


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """All that is needed to say yes or no to a run knowing what it is.

    `parameters` are names and values as text, secrets hidden; `options` those of ansible-playbook as they are written;
    `last_runs` a line for each of the last runs of the same runbook in the environment. `check` is what became of the
    check that goes before, empty without one, and `diff` what it would change.
    """

    pending: Pending
    parameters: tuple[tuple[str, str], ...] = ()
    options: str = ""
    last_runs: tuple[str, ...] = ()
    check: str = ""
    diff: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCard:
    """What a conversation is shown of a run: who asked for what where, and how it looks now.

    `limit` is as asked; `hosts` are the resolved hosts (all of them); `revision` is short and human
    (`3f2a1bc, dirty tree`). `quiet` is for how many whole seconds no event has come: of two cards with the same events
    the one that was quiet for longer is newer. `waits` says for which runs it waits (`run 12 on web1`), empty for none.
    `waiting` is there while people are asked; `edition` counts what they have said, and makes the card newer too.
    `note` tells of the facts by which the hosts were chosen. `broke_glass` says who skipped the approvals, and why.
    """

    run_id: int
    runbook: str
    summary: str
    environment: str
    limit: str
    hosts: tuple[str, ...]
    actor: str
    revision: str
    check: bool
    view: RunView
    quiet: int = 0
    waits: str = ""
    waiting: Waiting | None = None
    edition: int = 0
    broke_glass: str = ""
    note: str = ""
