"""The crash matrix: each process is killed while there are runs in each phase, and then everything must hold.

And each is held for a moment, and told to end where that is another thing than to be killed, over a run in its task.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.model.status import RunStatus
from tests.e2e import processes
from tests.torture.checks import breaches
from tests.torture.crew import Crew, crew, run_of
from tests.torture.gather import look, rest
from tests.torture.ground import Ground
from tests.torture.seen import Ask
from tests.torture.striker import Striker

pytestmark = pytest.mark.xdist_group("crash-matrix")

PROCESSES = ("serve", "redis", "worker", "horse", "playbook", "engine", "relay")
"""`serve` first: what it had taken from the inbox waits half a minute; runs of a relay until its leases are over."""
GOES_ON = frozenset({"serve", "relay", "redis", "engine"})
"""Who may be killed without any run under way knowing it."""
TOLD = ("serve", "engine", "relay", "redis", "worker", "playbook")
"""Who does something else when it is told to end (SIGTERM) than when it is killed: a run under way goes on, but for
that of a playbook. The process of a run has no answer of its own to it."""
PHASES = ("task", "card", "ending", "accepted", "starting", "held")
HELD_SECONDS = 1.0
"""Less than it takes until somebody counts as dead."""
PATIENT = "patient-one"
"""It waits for its people while all of this happens."""
REST_SECONDS = 150.0
WAIT_SECONDS = 60.0
TIMED = "lost soon"
"""Looked at by `make torture` alone: how quick a machine of CI is tells nothing."""


@pytest.fixture(scope="module")
def made() -> Iterator[Crew]:
    """An installation with three workers."""
    ground = Ground()
    hosts = [f"{what}{phase}" for what in PROCESSES for phase in PHASES]
    ground.place.inventory("matrix", {"all_of_it": [*hosts, "patient", "held", "told", "toldplaybook"]})
    ground.place.commit()
    try:
        with crew(ground, workers=3) as at_work:
            yield at_work
    finally:
        ground.close()


@dataclass
class Matrix:
    """Runs by the phase in which something was killed, and the kills."""

    crew: Crew
    striker: Striker
    asks: list[Ask] = field(default_factory=list)
    expected: dict[str, set[str]] = field(default_factory=dict)

    def ask(
        self, token: str, host: str, *, runbook: str = "work", go: Path | None = None, ends: set[str] | None = None
    ) -> str:
        """Ask for a run that may end in these ways; successfully when none are named."""
        self.say(f"run {runbook} on {host} in matrix token={token}{f' go={go}' if go else ''}")
        self.asks.append(Ask(token=token, taken=True))
        self.expected[token] = ends or {"successful"}
        return token

    def say(self, text: str) -> None:
        """Say something until it is taken."""
        channel = self.crew.ground.channels[len(self.asks) % len(self.crew.ground.channels)]

        def taken() -> bool:
            told = self.crew.ground.slack.person().slash("/ansible", text, channel=channel)
            assert told.attempts[-1].error in {"", "connection_failed"}, told
            return told.status == 200  # refused while Redis is away

        self.until(taken, f"{text} to be taken")

    def until(self, seen: Callable[[], object], what: str) -> None:
        """Wait for it, and see that everything is there meanwhile."""

        def look() -> object:
            self.crew.mind()
            return seen()

        processes.until(look, WAIT_SECONDS, what)

    def known(self, token: str) -> int:
        """The number of a run, once there is one."""
        self.until(lambda: self.crew.ground.run_of(token), f"the run {token}")
        return int(self.crew.ground.run_of(token) or 0)

    def begun(self, token: str) -> int:
        """The number of a run that is in its task."""
        run = self.known(token)
        self.until(lambda: any(mark.run == run for mark in self.crew.ground.marks()), f"the task of {token}")
        return run

    def ended(self, token: str) -> None:
        """Wait for its end in SQL."""
        run, sql = self.known(token), "SELECT status FROM runs WHERE id = :run"
        self.until(lambda: RunStatus(self.crew.ground.rows(sql, run=run)[0]["status"]).final, f"the end of {token}")

    def events(self, run: int) -> list[str]:
        """A run's events so far, as Redis has them."""
        with self.crew.ground.place.redis() as redis:
            return [entry[b"e"].decode() for _, entry in redis.xrange(f"signalbox:run:{run}:events")]

    def kill(self, what: str, run: int, *, must: bool = False) -> None:
        """SIGKILL for a process, where runs go on without it; else for the one that has the run, as it `must`."""
        found = self._who(what, run)
        assert found or not must, f"no {what} has run {run}"
        left = [child for pid in found[:1] for child in processes.children(pid)] if what == "serve" else []
        for pid in found[:1]:
            self.striker.hit(what, "KILL", pid)
        self.until(lambda: not any(map(processes.command, left)), "the end of who still answers")

    def tell(self, what: str, run: int) -> None:
        """SIGTERM for one; whoever has no run in hand then ends."""
        pid = self._must(what, run)
        self.striker.hit(what, "TERM", pid)
        if what in GOES_ON:
            self.until(lambda: not processes.command(pid), f"the end of the {what}")

    def hold(self, what: str, run: int) -> None:
        """SIGSTOP for one, and after a moment SIGCONT."""
        self.striker.hit(what, "STOP", self._must(what, run), HELD_SECONDS)
        time.sleep(HELD_SECONDS)
        self.striker.calm()

    def _must(self, what: str, run: int) -> int:
        self.until(lambda: self._who(what, run), f"a {what} that has run {run}")
        return self._who(what, run)[0]

    def _who(self, what: str, run: int) -> list[int]:
        return [pid for pid in self.crew.pids(what) if what in GOES_ON or self._has(what, pid, run)]

    def _has(self, what: str, pid: int, run: int) -> bool:
        if what == "playbook":
            return run_of(pid) == run and "shim.py" not in processes.command(pid)
        return what in {"worker", "horse"} and run in self.striker.in_hand(what, pid)


def while_others_are_everywhere(matrix: Matrix, what: str, folder: Path) -> None:
    """One run is in its task, one stands behind it, one has just been accepted, one has ended but for its card.

    And one is just ending: for who has a run in hand that is another kill.
    """
    go = {phase: folder / f"{what}.{phase}" for phase in ("task", "card", "ending")}
    ends = {"task": _ends(what), "card": {"successful"}, "ending": _ends(what) | {"successful"}}
    for phase, file in go.items():
        matrix.ask(f"{what}-{phase}", f"{what}{phase}", go=file, ends=ends[phase])
    task, _, ending = (matrix.begun(f"{what}-{phase}") for phase in go)
    matrix.known(matrix.ask(f"{what}-line", f"{what}task"))
    slow = matrix.crew.ground.slack.faults.add(method="chat.update", kind="slow_before", delay=1.5)
    go["card"].touch()
    matrix.ended(f"{what}-card")
    maybe = {"successful", "nothing"} if what == "serve" else None
    matrix.ask(f"{what}-accepted", f"{what}accepted", ends=maybe)
    if what not in GOES_ON:
        matrix.kill(what, task, must=True)
    go["ending"].touch()
    matrix.until(lambda: any("playbook_on_stats" in text for text in matrix.events(ending)), "its last event")
    matrix.kill(what, ending)
    slow.remove()
    go["task"].touch()


def while_one_starts(matrix: Matrix, what: str) -> None:
    """One run is starting: its worker has said so, and Ansible has not."""
    starting = matrix.ask(f"{what}-starting", f"{what}starting", ends=_ends(what) | {"successful"})
    run = matrix.known(starting)
    matrix.until(lambda: matrix.events(run), "its first event")
    matrix.kill(what, run)


def while_one_goes_on(matrix: Matrix, folder: Path) -> None:
    """One run is in its task, and others have just been accepted; each process is held, and no run knows it."""
    go = folder / "held"
    held = matrix.begun(matrix.ask("all-held", "held", go=go))
    for what in PROCESSES:
        matrix.ask(f"{what}-held", f"{what}held")
        matrix.hold(what, held)
    go.touch()


def while_one_may_finish(matrix: Matrix, folder: Path) -> None:
    """One run is in its task, and people have just said yes to another; each process is told to end."""
    go = folder / "told"
    told = matrix.begun(matrix.ask("all-told", "told", go=go))
    broken = matrix.begun(matrix.ask("playbook-told", "toldplaybook", go=folder / "never", ends=_ends("playbook")))
    matrix.say(f"confirm {matrix.known(PATIENT)}")
    for what in TOLD:
        matrix.tell(what, broken if what == "playbook" else told)
    go.touch()


def _ends(what: str) -> set[str]:
    """How a run under way may end when that process is killed over it."""
    if what in GOES_ON:
        return {"successful"}
    return {"failed", "error"} if what == "playbook" else {"lost"}


def test_whatever_is_struck_whenever_everything_holds(made: Crew, tmp_path: Path) -> None:
    """Given runs in each phase, when each process is struck, then each run ended as it had to, and nothing is left."""
    matrix = Matrix(made, Striker(made, 0))
    matrix.known(matrix.ask(PATIENT, "patient", runbook="sure"))
    for what in PROCESSES:
        begun = time.monotonic()
        while_others_are_everywhere(matrix, what, tmp_path)
        while_one_starts(matrix, what)
        print(f"{what}: {time.monotonic() - begun:.1f} s")
    begun = time.monotonic()
    while_one_goes_on(matrix, tmp_path)
    while_one_may_finish(matrix, tmp_path)
    print(f"held and told: {time.monotonic() - begun:.1f} s")
    processes.until(made.well, REST_SECONDS, "an installation that is well")
    assert rest(made, REST_SECONDS) == []
    seen = look(made, strikes=matrix.striker.strikes, asks=matrix.asks)
    assert [str(breach) for breach in breaches(seen) if breach.invariant != TIMED] == []
    ends = {run.token: run.status for run in seen.runs}
    assert {token: ends.get(token, "nothing") for token in matrix.expected} == {
        token: ends.get(token, "nothing") if ends.get(token, "nothing") in may else f"not one of {sorted(may)}"
        for token, may in matrix.expected.items()
    }
    struck = {(strike.what, strike.way) for strike in seen.strikes}
    ways = {"KILL": PROCESSES, "STOP": PROCESSES, "TERM": TOLD}
    assert struck == {(what, way) for way, all_of_them in ways.items() for what in all_of_them}
