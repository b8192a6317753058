"""The processes of an installation: started, known by what they do, started again at once when they have ended.

The supervisor of `up` would wait ever longer with one that keeps ending; here all are there as soon as they can be.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.supervise import EmbeddedRedis
from bot.supervise.processes import tied
from tests.e2e import processes
from tests.e2e.place import free_port, http
from tests.torture.ground import Ground

ENGINE = "bot.engine.warm.server"
MARK = b"SIGNALBOX_RUN="
END_SECONDS = 30.0


@dataclass(slots=True)
class Member:
    """One process: what it is, and how it is started."""

    name: str
    argv: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None


@dataclass(slots=True)
class Crew:
    """All of them; use it in one thread, for the kernel ends them with the thread that started them."""

    ground: Ground
    workers: int = 3
    relays: int = 1
    members: list[Member] = field(default_factory=list)
    redis: EmbeddedRedis = field(init=False)
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.ground.place.home.mkdir(mode=0o700, exist_ok=True)
        self.redis = EmbeddedRedis(self.ground.place.home)
        serve = ("serve", "--tied", "--port", str(self.port))
        wanted: list[tuple[str, ...]] = [("relay", "--tied")] * self.relays + [("worker", "--tied")] * self.workers
        self.members = [Member(argv[0], argv) for argv in (*wanted, serve)]

    @property
    def url(self) -> str:
        """Where `serve` answers."""
        return f"http://127.0.0.1:{self.port}"

    def mind(self, *, but: Sequence[str] = ()) -> None:
        """Start what is not there, but for those that are to stay away."""
        if "redis" not in but and not self.redis.lives():
            self.redis.start()
        for member in self.members:
            if member.name not in but and (member.process is None or member.process.poll() is not None):
                self._start(member)

    def _start(self, member: Member) -> None:
        place = self.ground.place
        with (place.root / f"{member.name}.log").open("ab") as log:
            member.process = subprocess.Popen(
                tied([sys.executable, "-m", "bot", *member.argv], "TERM"),
                env=place.environment(),
                cwd=place.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def well(self) -> bool:
        """Whether everything answers."""
        self.mind()
        return http(f"{self.url}/healthz")[0] == 200

    def pids(self, name: str) -> list[int]:
        """Living processes of a kind: relay, worker, serve, redis, horse, engine, playbook."""
        match name:
            case "redis":
                return [pid for pid in processes.of(self.ground.place.home) if "redis-server" in _program(pid)]
            case "horse":
                return [pid for worker in self.pids("worker") for pid in _children(worker, engine=False)]
            case "engine":
                return [pid for worker in self.pids("worker") for pid in _children(worker, engine=True)]
            case "playbook":
                return sorted(pid for pid in self.of_runs() if "ansible-playbook" in processes.command(pid))
        return [each.process.pid for each in self.members if each.name == name and _lives(each)]

    def of_runs(self) -> dict[int, int]:
        """Processes of runs on this machine, each with the number of its run."""
        found = {}
        for pid in processes.of(self.ground.place.home):
            if run := run_of(pid):
                found[pid] = run
        return found

    def end(self) -> None:
        """SIGTERM for all; who does not leave is killed."""
        living = [each.process for each in self.members if _lives(each)]
        for _ in range(2):  # the second one lets a worker drop what it has in hand
            for process in living:
                process.send_signal(signal.SIGCONT)
                process.terminate()
            living = [process for process in living if not _ended(process, END_SECONDS / 2)]
        for process in living:
            process.kill()
            process.wait()
        self.redis.end()


@contextmanager
def crew(ground: Ground, *, workers: int = 3, relays: int = 1) -> Iterator[Crew]:
    """All of them at work, known to Slack; ended in the end."""
    made = Crew(ground, workers, relays)
    try:
        processes.until(made.well, 120, "an installation that is well")
        ground.slack.connect(f"{made.url}/slack/events")
        yield made
    finally:
        made.end()


def run_of(pid: int) -> int:
    """The run to which a process belongs, by its mark; 0 when to none."""
    marks = [word.removeprefix(MARK) for word in processes.texts(pid)[1].split(b"\0") if word.startswith(MARK)]
    number = marks[0].partition(b"-")[0] if marks else b""
    return int(number) if number.isdigit() else 0


def family(pid: int) -> Iterator[int]:
    """A process and what came of it, without the process in which Ansible waits: that serves other workers, too."""
    yield pid
    for child in processes.children(pid):
        if ENGINE not in processes.command(child):
            yield from family(child)


def send(pid: int, number: signal.Signals) -> bool:
    """Send a signal; False when the process is gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _children(worker: int, *, engine: bool) -> list[int]:
    commands = {pid: processes.command(pid) for pid in processes.children(worker)}
    return [pid for pid, command in commands.items() if command and (ENGINE in command) is engine]


def _program(pid: int) -> str:
    return processes.command(pid).partition(" ")[0]


def _lives(member: Member) -> bool:
    return member.process is not None and member.process.poll() is None


def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True
