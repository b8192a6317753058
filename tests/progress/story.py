"""Runs for tests, told as Ansible reports them: numbered events, one call for each thing that happens."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bot.model.codec import from_plain
from bot.model.event import ENDED, STATUS, Result, RunEvent
from bot.progress import Progress

RECORDED = Path(__file__).parent / "recorded.jsonl"
"""A real run: two plays, `serial: 2`, a rescue, a loop, an ignored failure, an include, a handler, a closed port."""

_KINDS = {Result.FAILED: "failed", Result.IGNORED: "failed", Result.CHANGED: "ok"}


def recorded() -> list[RunEvent]:
    """The events of that run, as ansible-runner gave them."""
    import json

    return [from_plain(RunEvent, json.loads(row)) for row in RECORDED.read_text().splitlines()]


class Story:
    """Events of one run, counted from 1; `progress` has folded each of them."""

    def __init__(self, *hosts: str, run_id: int = 7) -> None:
        self.events: list[RunEvent] = []
        self.progress = Progress(run_id, hosts)
        self._run_id = run_id
        self._play = ""
        self._task = ""

    def tell(self, kind: str, **fields: Any) -> RunEvent:
        """One event."""
        counter = len(self.events) + 1
        event = RunEvent(run_id=self._run_id, counter=counter, kind=kind, at=1000.0 + counter, **fields)
        self.events.append(event)
        self.progress.apply(event)
        return event

    def status(self, status: str) -> None:
        """The worker's report."""
        self.tell(STATUS, data={"status": status})

    def play(self, name: str) -> None:
        """A play, or its next batch."""
        self._play = name
        self.tell("playbook_on_play_start", play=name)

    def task(self, name: str, *hosts: str, handler: bool = False) -> None:
        """A task that starts on hosts."""
        self._task = name
        self.tell("playbook_on_task_start", play=self._play, task=name, data={"handler": True} if handler else {})
        self.start(*hosts)

    def start(self, *hosts: str) -> None:
        """The task starts on more hosts."""
        for host in hosts:
            self.tell("runner_on_start", play=self._play, task=self._task, host=host)

    def results(self, result: Result, *hosts: str, message: str = "") -> None:
        """The task ends on hosts."""
        kind = f"runner_on_{_KINDS.get(result, result.value)}"
        for host in hosts:
            self.tell(kind, play=self._play, task=self._task, host=host, result=result, message=message)

    def item(self, host: str) -> None:
        """One item of a loop is through on a host."""
        self.tell("runner_item_on_ok", play=self._play, task=self._task, host=host, item="a", result=Result.OK)

    def stats(self, hosts: Mapping[str, Mapping[str, int]]) -> None:
        """Ansible's own counts."""
        self.tell("playbook_on_stats", data={"stats": hosts})

    def end(self, status: str, reason: str = "", busy_hosts: Iterable[str] = ()) -> None:
        """The last event."""
        counter = len(self.events) + 1
        data = {"status": status, "reason": reason, "rc": 0, "final_counter": counter, "busy_hosts": list(busy_hosts)}
        self.tell(ENDED, data=data)
