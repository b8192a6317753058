"""Events of ansible-runner enter, one by one; what they add up to leaves: who took part, who failed, who is busy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.engine.message import message_of
from bot.engine.normalize import SPEAKING
from bot.engine.stats import per_host
from bot.engine.text import clean, shorten

MAX_LINES = 200
"""Lines heard outside of events that are kept, the first ones: the reason stands there."""

MAX_REMEMBERED = 500
"""Characters of a host's last failure that are kept."""

_RESULTS = ("runner_on_ok", "runner_on_failed", "runner_on_skipped", "runner_on_unreachable")
_FAILURES = ("runner_on_failed", "runner_on_unreachable")


@dataclass(slots=True, kw_only=True)
class Tally:
    """What is kept of all events: it grows with hosts, never with events.

    `stats` is None until Ansible gave them; `failures` is the last (task, message) that failed on each host, not
    redacted; `busy` are hosts with a task begun and not ended, in order; `heard` are lines outside of events.
    """

    stats: dict[str, dict[str, int]] | None = None
    failures: dict[str, tuple[str, str]] = field(default_factory=dict)
    busy: dict[str, int] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    results: int = 0
    unmatched: bool = False

    def add(self, raw: Mapping[str, Any]) -> None:
        """Take one event of the runner into account."""
        kind, data = str(raw.get("event", "")), raw.get("event_data") or {}
        if kind in SPEAKING:
            self._hear(str(raw.get("stdout") or ""))
        elif kind == "runner_on_start":
            self.busy[data["host"]] = self.busy.get(data["host"], 0) + 1
        elif kind in _RESULTS:
            self._result(kind, data)
        elif kind == "playbook_on_stats":
            self.stats = per_host(data)
        elif kind == "playbook_on_no_hosts_matched":
            self.unmatched = True

    def _hear(self, text: str) -> None:
        self.heard += clean(text).splitlines()[: MAX_LINES - len(self.heard)]

    def _result(self, kind: str, data: Mapping[str, Any]) -> None:
        host = str(data.get("host", ""))
        self.results += 1
        left = self.busy.pop(host, 1) - 1
        if left > 0:
            self.busy[host] = left
        if kind in _FAILURES and not data.get("ignore_errors"):
            res = data.get("res")
            message = message_of(res if isinstance(res, Mapping) else None, bad=True, scrub=lambda said: said)
            self.failures[host] = (str(data.get("task") or ""), message)
