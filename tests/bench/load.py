"""Commands enter faster than workers take them, and runs are canceled; how quick both is leaves.

Acceptance is measured at the flow that every chat speaks to, with real Redis and SQLite and no worker; cancel on a
stack, from the flag to the end of the last process that has the run's mark.
"""

import resource
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.app import App
from bot.model.people import Actor, Conversation, Origin
from bot.model.request import Accepted, Request
from bot.settings import Settings
from bot.supervise import EmbeddedRedis
from tests.bench import project
from tests.bench.sides import Sides
from tests.bench.stack import Stack, stack
from tests.e2e import processes
from tests.fake_slack.to_app.sender import percentile

COMMANDS, SPEAKERS = 1_000, 8
CANCELS = 20
STARTED_SECONDS = 0.3
"""After this long the command has begun on its host."""
RATE, ACK_SECONDS, CANCEL_SECONDS = 200.0, 0.1, 1.0
_SLEEP = "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: Sleep\n      ansible.builtin.command: sleep 300\n"
POLICY = "roles: {all: {members: ['*'], may: [{runbooks: ['*'], environments: ['*']}]}}\nlimits: {queue: 5000}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`acks` and `cancels` in seconds; `rate` commands a second; `ordered` whether each host's line has their order."""

    rate: float
    acks: tuple[float, ...]
    ordered: bool
    cancels: tuple[float, ...]


def measure() -> Load:
    """About a minute."""
    with tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder:
        made = project.make(Path(folder) / "project", hosts=project.FEW, tasks=1, modules=0)
        (made.folder / "playbooks" / "sleep.yml").write_text(_SLEEP)
        (made.folder / "playbooks" / "sleep.runbook.yml").write_text("id: sleep\nsummary: Sleep\nplaybook: sleep.yml\n")
        (made.folder / "signalbox.yml").write_text(POLICY)
        rate, acks, ordered = _accepted(made.folder, Path(folder) / "home")
        with stack(Sides(project=made, home=Path(folder) / "stack")) as running:
            cancels = tuple(_canceled(running) for _ in range(CANCELS))
    return Load(rate=rate, acks=acks, ordered=ordered, cancels=cancels)


def passed(found: Load) -> bool:
    """Whether all of it is as promised."""
    quick = found.rate >= RATE and percentile(found.acks, 0.99) < ACK_SECONDS
    return quick and found.ordered and percentile(found.cancels, 0.99) < CANCEL_SECONDS


def lines(found: Load) -> Iterator[str]:
    """A table."""
    yield f"# {COMMANDS:,} commands by {SPEAKERS} at once while nobody works; {CANCELS} runs canceled"
    yield "|  | median | p99 |"
    yield "| --- | ---: | ---: |"
    yield f"| command → accepted | {_ms(found.acks, 0.5)} | {_ms(found.acks, 0.99)} |"
    yield f"| cancel → no process of the run is left | {_ms(found.cancels, 0.5)} | {_ms(found.cancels, 0.99)} |"
    yield f"accepted: {found.rate:.0f} a second, limit {RATE:.0f}: {'PASS' if found.rate >= RATE else 'UNDER'}"
    yield f"order of each host's line: {'kept' if found.ordered else 'BROKEN'}"


def _ms(values: Sequence[float], share: float) -> str:
    return f"{percentile(values, share) * 1000:.0f} ms"


def _accepted(folder: Path, home: Path) -> tuple[float, tuple[float, ...], bool]:
    app = App(Settings(SIGNALBOX_HOME=home, SIGNALBOX_PROJECT=folder, _env_file=None))
    home.mkdir()
    redis = EmbeddedRedis(home)
    redis.start()
    try:
        app.belong_together()
        ask(app, 0)  # reads catalog, inventory and policy
        acks: list[float] = []
        began = time.monotonic()
        speakers = [threading.Thread(target=_speak, args=(app, each, acks)) for each in range(SPEAKERS)]
        for speaker in speakers:
            speaker.start()
        for speaker in speakers:
            speaker.join()
        rate = len(acks) / (time.monotonic() - began)
        return rate, tuple(acks), _ordered(app)
    finally:
        app.redis.close()
        redis.end()


def _speak(app: App, speaker: int, acks: list[float]) -> None:
    for _ in range(COMMANDS // SPEAKERS):
        began = time.monotonic()
        ask(app, speaker % project.FEW + 1)
        acks.append(time.monotonic() - began)


def ask(app: App, host: int, runbook: str = "one") -> int:
    """Ask for a run on that host (0: the first) as whoever sits in the chat; its number."""
    said = Request(
        text=f"run {runbook} on h{host or 1} in bench",
        actor=Actor(transport="terminal", name="bench"),
        conversation=Conversation(transport="terminal", channel="bench", thread="1"),
        origin=Origin.CLI,
    )
    answer = app.converse.handle(said)
    if not isinstance(answer, Accepted):
        raise TypeError(f"not accepted: {answer}")
    return answer.run.id


def _ordered(app: App) -> bool:
    """Whether in every line those who came first stand first."""
    lines = app.redis.hvals("signalbox:lines")
    stand = [[int(word[:-1]) for word in line.decode().split()] for line in lines]
    return bool(stand) and all(runs == sorted(runs) for runs in stand)


def worked() -> float:
    """Seconds that the processors have worked for this process and for what it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _canceled(running: Stack) -> float:
    """Seconds from the flag until nothing of a sleeping run is left."""
    app = running.app
    run_id = ask(app, 1, "sleep")
    processes.until(lambda: any(event.kind == "runner_on_start" for event in app.ledger.events(run_id)), 60)
    time.sleep(STARTED_SECONDS)
    (mark,) = [path.name.encode() for path in (app.settings.home_dir / "runs").glob(f"{run_id}-*")]
    if not _marked(mark):
        raise RuntimeError("nothing of the run is there")
    began = time.monotonic()
    app.queue.ask_cancel(run_id)
    while _marked(mark):
        time.sleep(0.01)
    took = time.monotonic() - began
    processes.until(lambda: app.ledger.get(run_id).status.final, 30)
    return took


def _marked(mark: bytes) -> bool:
    """Whether a process has the run's mark."""
    return any(mark in text for pid in processes.pids() for text in processes.texts(pid))
