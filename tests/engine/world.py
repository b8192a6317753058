"""A small Ansible project on disk, plans for it, and a recorder of what an engine reports."""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.engine import Outcome
from bot.engine.real import AnsibleEngine
from bot.model.command import RunOptions
from bot.model.event import MORE_TEXT, RunEvent
from bot.model.run import Plan, Target
from bot.model.runbook import Expectation, Revision


@dataclass
class Recorder:
    """A sink that keeps everything, with the time of each call."""

    events: list[RunEvent] = field(default_factory=list)
    calls: list[tuple[float, int]] = field(default_factory=list)
    outcome: Outcome | None = None

    def __call__(self, events: Sequence[RunEvent]) -> None:
        """Keep them."""
        self.calls.append((time.monotonic(), len(events)))
        self.events += events

    def of(self, kind: str, host: str | None = None, task: str | None = None) -> list[RunEvent]:
        """The events of that kind (on that host, of that task)."""
        return [
            event
            for event in self.events
            if event.kind == kind and host in (None, event.host) and task in (None, event.task)
        ]

    def whole(self, event: RunEvent) -> str:
        """Message of an event with what follows in later ones."""
        more = [e.message for e in self.events if e.kind == MORE_TEXT and e.data["of"] == event.counter]
        return event.message + "".join(more)

    def everything(self) -> str:
        """All that left the engine, as text."""
        return "\n".join([*(repr(event) for event in self.events), repr(self.outcome)])


@dataclass
class Project:
    """An Ansible project in `root`, with the home of the engine beside it."""

    root: Path
    home: Path

    def write(self, path: str, content: Any) -> Path:
        """A file of the project: text as it is, anything else as YAML."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))
        return file

    def hosts(self, *names: str, environment: str = "local", **more: Any) -> None:
        """An inventory of local hosts; `more` are hosts with variables of their own."""
        local = {"ansible_connection": "local"}
        hosts = {**{name: dict(local) for name in names}, **more}
        variables = {"ansible_python_interpreter": sys.executable}
        self.write(f"inventories/{environment}/hosts.yml", {"all": {"hosts": hosts, "vars": variables}})

    def playbook(self, tasks: Sequence[Mapping[str, Any]], **play: Any) -> str:
        """One play of `tasks` on all hosts; its path."""
        self.write("playbooks/play.yml", [{"hosts": "all", "gather_facts": False, **play, "tasks": list(tasks)}])
        return "playbooks/play.yml"

    def engine(self, **options: Any) -> AnsibleEngine:
        """The real engine on this project."""
        return AnsibleEngine(self.root, self.home, **options)

    def run(
        self,
        tasks: Sequence[Mapping[str, Any]] | str,
        hosts: Sequence[str] = ("web1",),
        secrets: Mapping[str, Any] | None = None,
        cancel: Callable[[], bool] = lambda: False,
        **plan: Any,
    ) -> Recorder:
        """Run `tasks` (or the playbook of that path) for real, and give what was reported."""
        if not (self.root / "inventories/local").exists():
            self.hosts(*hosts)
        playbook = tasks if isinstance(tasks, str) else self.playbook(tasks)
        recorder = Recorder()
        wanted = a_plan(playbook=playbook, hosts=hosts, secret_names=tuple(secrets or ()), **plan)
        recorder.outcome = self.engine().carry_out(1, wanted, secrets or {}, recorder, cancel)
        return recorder


def a_plan(
    *,
    playbook: str | None = None,
    hosts: Sequence[str] = ("web1",),
    environment: str = "local",
    expect: Sequence[Expectation] = (),
    options: RunOptions | None = None,
    timeout: int = 60,
    **more: Any,
) -> Plan:
    """A plan with sensible values for everything a test does not care for."""
    return Plan(
        runbook="test",
        summary=more.pop("summary", "A test"),
        playbook=playbook,
        module=more.pop("module", None),
        target=Target(environment=environment, limit="all", hosts=tuple(hosts), fingerprint="f"),
        options=options or RunOptions(),
        expect=tuple(expect),
        timeout=timeout,
        revision=Revision(commit=None, dirty=False, content_hash="h"),
        **more,
    )


def raw(kind: str, **data: Any) -> dict[str, Any]:
    """An event as ansible-runner has it, through JSON as it comes."""
    event = {"event": kind, "created": "2026-11-21T02:02:12.370008+00:00", "event_data": data, "stdout": "never read"}
    loaded: dict[str, Any] = json.loads(json.dumps(event))
    return loaded


def heard(text: str, kind: str = "verbose") -> dict[str, Any]:
    """What the runner heard outside of events."""
    return {"event": kind, "created": "2026-11-21T02:02:12.370008+00:00", "stdout": text}
