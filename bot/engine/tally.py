"""RunEvents of one run enter; what they add up to leaves: who took part, who failed and why, who is busy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.engine.text import clean, shorten
from bot.model.event import Result, RunEvent

MAX_LINES = 200
"""Lines heard outside of events that are kept, the first ones: the reason stands there."""

MAX_LINE = 4_000
"""Characters of such a line; a longer one is passed over whole, since half a line may hold half a secret."""

MAX_MESSAGE = 500
"""Characters of a host's last failure that are kept."""

_ENDS = ("runner_on_ok", "runner_on_failed", "runner_on_skipped", "runner_on_unreachable")
_OF_ITEMS = "One or more items failed"


@dataclass(slots=True, kw_only=True)
class Tally:
    """What is kept of all events: it grows with hosts, never with events.

    `stats` is None until Ansible gave them; `failures` is the last (task, message) that failed on each host; `busy`
    are hosts with a task begun and not ended, in order; `heard` are lines outside of events, cleaned, not redacted.
    """

    stats: Mapping[str, Mapping[str, int]] | None = None
    failures: dict[str, tuple[str, str]] = field(default_factory=dict)
    busy: dict[str, int] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    results: int = 0

    def add(self, event: RunEvent) -> None:
        """Take one event into account."""
        if event.kind == "runner_on_start":
            self.busy[event.host] = self.busy.get(event.host, 0) + 1
        elif event.kind == "playbook_on_stats":
            self.stats = event.data["stats"]
        elif event.kind in _ENDS:
            self._end(event)
        if event.result in {Result.FAILED, Result.UNREACHABLE}:
            self._fail(event)

    def hear(self, raw: Mapping[str, Any]) -> None:
        """Keep what the runner heard outside of events."""
        lines = clean(str(raw.get("stdout") or "")).splitlines()
        self.heard += [line for line in lines if len(line) <= MAX_LINE][: MAX_LINES - len(self.heard)]

    def _end(self, event: RunEvent) -> None:
        self.results += 1
        left = self.busy.pop(event.host, 1) - 1
        if left > 0:
            self.busy[event.host] = left

    def _fail(self, event: RunEvent) -> None:
        """The failure of a loop says nothing; that of its item stays."""
        before = self.failures.get(event.host)
        if event.message.startswith(_OF_ITEMS) and before and before[0] == event.task:
            return
        self.failures[event.host] = (event.task, shorten(event.message, MAX_MESSAGE))
