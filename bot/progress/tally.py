"""Results of hosts enter one by one, then Ansible's own statistics; outcomes and failures of every host leave.

While a run goes on the counts are provisional: a failure looks final until the same host is seen again, because only
then we know that a `rescue` (or `ignore_unreachable`) took it up. Ansible's statistics have the last word.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.model.event import Result, RunEvent
from bot.model.run import HostOutcome
from bot.model.view import Failure

MESSAGE_CHARACTERS = 2_000
"""How much of a failure's message is kept; the log has the whole."""

_STATISTICS = {
    "ok": "ok",
    "changed": "changed",
    "failures": "failed",
    "dark": "unreachable",
    "skipped": "skipped",
    "rescued": "rescued",
    "ignored": "ignored",
}


def clip(text: str, characters: int) -> str:
    """`text`, cut to `characters` with a mark where it was cut."""
    return text if len(text) <= characters else text[: characters - 1] + "…"


def whole(value: Any) -> int:
    """`value` as a count; 0 for what is none, as another version may send it."""
    return value if isinstance(value, int) and value > 0 else 0


class HostTally:
    """Counts of one host, its last failure, and whether it is out of the play."""

    __slots__ = ("counts", "failure", "name", "out")

    def __init__(self, name: str) -> None:
        self.name = name
        self.counts = dict.fromkeys(_STATISTICS.values(), 0)
        self.failure: Failure | None = None
        self.out = False

    @property
    def seen(self) -> bool:
        """Whether anything has been counted."""
        return any(self.counts.values())

    @property
    def bad(self) -> bool:
        """Whether the host counts as failed or unreachable now."""
        return bool(self.counts["failed"] or self.counts["unreachable"])

    def add(self, event: RunEvent, result: Result) -> None:
        """Count one result."""
        counted = {Result.CHANGED: ("ok", "changed"), Result.IGNORED: ("ok", "ignored")}.get(result, (result.value,))
        for name in counted:
            self.counts[name] += 1
        if result in (Result.FAILED, Result.UNREACHABLE):
            self._fail(event, unreachable=result is Result.UNREACHABLE)

    def _fail(self, event: RunEvent, *, unreachable: bool) -> None:
        message = clip(event.message, MESSAGE_CHARACTERS)
        self.failure = Failure(
            host=self.name, task=event.task, message=message, unreachable=unreachable, counter=event.counter
        )
        self.out = True

    def come_back(self) -> None:
        """The host goes on after a failure: it was rescued, or its being unreachable was ignored."""
        self.out = False
        if self.counts["unreachable"]:
            self._move("unreachable", "skipped", "ignored")
        elif self.counts["failed"]:
            self._move("failed", "rescued")

    def _move(self, source: str, *destinations: str) -> None:
        self.counts[source] -= 1
        for destination in destinations:
            self.counts[destination] += 1

    def replace(self, statistics: Mapping[str, Any]) -> None:
        """Take Ansible's own counts for this host."""
        for theirs, ours in _STATISTICS.items():
            self.counts[ours] = whole(statistics.get(theirs))
        if self.bad and self.failure is None:
            unreachable = bool(self.counts["unreachable"])
            self.failure = Failure(host=self.name, task="", message="", unreachable=unreachable)

    def outcome(self) -> HostOutcome:
        """The counts as a value."""
        return HostOutcome(host=self.name, **self.counts)


class Tally:
    """All hosts of a run: first the planned ones in their order, then any that turn up."""

    def __init__(self, planned: Sequence[str]) -> None:
        self._hosts = {name: HostTally(name) for name in planned}
        self._planned = frozenset(self._hosts)

    def __getitem__(self, name: str) -> HostTally:
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = HostTally(name)
        return host

    def is_planned(self, name: str) -> bool:
        """Whether the run was to touch that host."""
        return name in self._planned

    def replace(self, statistics: Mapping[str, Mapping[str, Any]], *, everybody: bool = True) -> None:
        """Ansible's statistics replace what was counted; if they are of everybody, others had no result."""
        others = self._hosts if everybody else ()
        for name in [*others, *(name for name in statistics if name not in others)]:
            self[name].replace(statistics.get(name, {}))

    def outcomes(self, *, everyone: bool) -> tuple[HostOutcome, ...]:
        """Outcomes, worst first, else in order; with `everyone` also of hosts without any result."""
        shown = (host.outcome() for host in self._hosts.values() if everyone or host.seen)
        return tuple(sorted(shown, key=_rank))

    def failures(self, most: int) -> tuple[tuple[Failure, ...], int]:
        """The first `most` failures, newest last, and how many there are."""
        failed = sorted(self._failed(), key=lambda failure: failure.counter)
        return tuple(failed[:most]), len(failed)

    def _failed(self) -> Iterator[Failure]:
        return (host.failure for host in self._hosts.values() if host.bad and host.failure)


def _rank(outcome: HostOutcome) -> int:
    """How bad it is, 0 the worst."""
    columns = (outcome.unreachable, outcome.failed, outcome.changed, outcome.ok, outcome.skipped)
    return next((rank for rank, count in enumerate(columns) if count), len(columns))
