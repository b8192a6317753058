"""How ansible-playbook ended and what its events add up to enter; status and reason of the run leave."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.engine.reason import reason_from
from bot.engine.tally import Tally
from bot.engine.text import one_line
from bot.model.runbook import Expectation
from bot.model.status import RunStatus

MAX_HOSTS = 3
"""Hosts whose failure is told in the reason."""

MAX_TOLD = 160
"""Characters of one host's failure in the reason."""

_UNREACHABLE, _FAILED = "dark", "failures"
Unmet = Sequence[tuple[Expectation, tuple[str, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the process ended: `rc` None when it was killed; `stopped` canceled or timeout when we ended it."""

    rc: int | None
    stopped: RunStatus | None = None
    seconds: int = 0


def verdict(ending: Ending, tally: Tally, unmet: Unmet, roots: Sequence[str] = ()) -> tuple[RunStatus, str]:
    """Status and reason, not redacted yet. A run that was through when it was canceled is judged by what it did."""
    if ending.stopped is not None and not (tally.stats is not None and ending.rc == 0):
        return ending.stopped, _stopped(ending, tally)
    if tally.stats is None:
        return _without_stats(ending, tally, roots)
    if not tally.stats:
        return RunStatus.ERROR, "No play of the playbook matches any of the hosts, so nothing was done."
    return _of_hosts(ending, tally, unmet, roots)


def _of_hosts(ending: Ending, tally: Tally, unmet: Unmet, roots: Sequence[str]) -> tuple[RunStatus, str]:
    """By what became of the hosts, then by the exit code, then by what the runbook expects."""
    if bad := [host for host, counts in (tally.stats or {}).items() if counts[_FAILED] or counts[_UNREACHABLE]]:
        return RunStatus.FAILED, _hosts_failed(bad, tally)
    if ending.rc:
        return RunStatus.FAILED, reason_from(tally.heard, ending.rc, roots)
    required = [(wanted, hosts) for wanted, hosts in unmet if not wanted.allow_failure]
    if required:
        return RunStatus.FAILED, f"The output is not as expected: {told_unmet(*required[0])}."
    return RunStatus.SUCCESSFUL, ""


def told_unmet(wanted: Expectation, hosts: Sequence[str]) -> str:
    """One expectation that was not met, and where."""
    return f"nothing matches `{one_line(wanted.pattern, 100)}` on {_named(hosts)}"


def _stopped(ending: Ending, tally: Tally) -> str:
    busy = f"; maybe still busy: {_named(list(tally.busy))}" if tally.busy else ""
    if ending.stopped is RunStatus.TIMEOUT:
        return f"It took longer than its {ending.seconds} s and was ended{busy}."
    return f"It was canceled{busy}."


def _without_stats(ending: Ending, tally: Tally, roots: Sequence[str]) -> tuple[RunStatus, str]:
    reason = reason_from(tally.heard, ending.rc, roots)
    return (RunStatus.FAILED if tally.results else RunStatus.ERROR), reason


def _hosts_failed(bad: list[str], tally: Tally) -> str:
    stats = tally.stats or {}
    unreachable = [host for host in bad if stats[host][_UNREACHABLE]]
    how = "unreachable" if len(unreachable) == len(bad) else "failed or unreachable" if unreachable else "failed"
    told = "; ".join(f"{host}{_why(host, tally)}" for host in bad[:MAX_HOSTS])
    more = f"; and {len(bad) - MAX_HOSTS} more" if len(bad) > MAX_HOSTS else ""
    return f"{len(bad)} of {len(stats)} {'host' if len(stats) == 1 else 'hosts'} {how}: {told}{more}."


def _why(host: str, tally: Tally) -> str:
    task, message = tally.failures.get(host, ("", ""))
    parts = ": ".join(
        part
        for part in (f"TASK {task}" if task else "", one_line(message.removeprefix("Task failed: "), MAX_TOLD))
        if part
    )
    return f" ({parts.rstrip('.')})" if parts else ""


def _named(hosts: Sequence[str]) -> str:
    more = f" and {len(hosts) - MAX_HOSTS} more" if len(hosts) > MAX_HOSTS else ""
    return ", ".join(hosts[:MAX_HOSTS]) + more
