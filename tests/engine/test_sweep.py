"""What killed workers left in a home is swept, and nothing else, whatever Redis does meanwhile."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.engine import Sweep
from bot.engine.environment import MARK
from bot.engine.sweep import FORGOTTEN_SECONDS, SILENT_SECONDS
from bot.errors import Unavailable


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """The time now."""
        return self.now

    def pass_by(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.now += seconds


class Home:
    """A home with private directories in which real processes work; `alive` are those that show a sign of life."""

    def __init__(self, path: Path) -> None:
        self.path, self.clock = path, Clock()
        self.alive: set[int] = set()
        self.away = False
        self.sweep = Sweep(path, self._alive, self.clock, self.clock.pass_by)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def _alive(self, run_id: int) -> bool:
        if self.away:
            raise Unavailable("Redis does not answer.")
        return run_id in self.alive

    def run(self, name: str) -> None:
        """A run that goes on in the private directory of this name, with sockets elsewhere."""
        root = self.path / "runs" / name
        (root / "env").mkdir(parents=True)
        (self.path / f"sb-{name}").mkdir()
        (root / "ssh").symlink_to(self.path / f"sb-{name}")
        self._processes[name] = subprocess.Popen(["sleep", "300"], env={**os.environ, MARK: name})

    def healthy(self, name: str) -> bool:
        """Whether nothing was done to it; False when nothing is left of it, and an error for anything in between."""
        process, root, sockets = self._processes[name], self.path / "runs" / name, self.path / f"sb-{name}"
        seen = {process.poll() is None, root.exists(), sockets.exists()}
        assert len(seen) == 1, (process.poll(), root.exists(), sockets.exists())
        return seen.pop()

    def end(self) -> None:
        """Leave nothing of it."""
        for process in self._processes.values():
            process.kill()
            process.wait()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home for runs."""
    made = Home(tmp_path)
    yield made
    made.end()


def test_what_killed_workers_left_is_swept_at_the_second_look(home: Home) -> None:
    """Given a dead and a living run, when looked at twice, then only the dead one's is ended and gone, sockets too."""
    home.run("7-abc")
    home.run("8-def")
    (home.path / "runs" / "notes-x").mkdir()
    home.alive = {8}
    assert home.sweep.look() == []
    assert home.healthy("7-abc")
    home.clock.now += SILENT_SECONDS
    assert home.sweep.look() == [7]
    assert (home.healthy("7-abc"), home.healthy("8-def")) == (False, True)
    assert sorted(path.name for path in (home.path / "runs").iterdir()) == ["8-def", "notes-x"]
    assert home.sweep.look() == []


def test_looks_that_follow_quickly_are_one(home: Home) -> None:
    """Given a run that is silent until its next beat, when workers look again and again, then it goes on."""
    home.run("7-abc")
    for _ in range(20):
        assert home.sweep.look() == []
        home.clock.now += (SILENT_SECONDS - 0.1) / 20
    home.alive = {7}
    home.clock.now += SILENT_SECONDS
    assert home.sweep.look() == []
    assert home.healthy("7-abc")


def test_who_showed_a_sign_in_between_begins_anew(home: Home) -> None:
    """Given a run silent at one look, alive at the next and silent at the third, then it goes on."""
    home.run("7-abc")
    for alive in (set(), {7}, set[int]()):
        home.alive = alive
        assert home.sweep.look() == []
        home.clock.now += SILENT_SECONDS
    assert home.healthy("7-abc")
    assert home.sweep.look() == [7]


def test_a_look_without_redis_counts_for_none(home: Home) -> None:
    """Given a run silent at a look, when Redis is away at the next and back at the third, then it goes on."""
    home.run("7-abc")
    assert home.sweep.look() == []
    home.away = True
    home.clock.now += SILENT_SECONDS
    with pytest.raises(Unavailable):
        home.sweep.look()
    home.away = False
    home.clock.now += SILENT_SECONDS
    assert home.sweep.look() == []
    assert home.healthy("7-abc")


def test_a_look_of_long_ago_says_nothing(home: Home) -> None:
    """Given a run silent at a look long ago, when it is silent again, then it goes on until a look soon after."""
    home.run("7-abc")
    assert home.sweep.look() == []
    home.clock.now += FORGOTTEN_SECONDS + 1
    assert home.sweep.look() == []
    assert home.healthy("7-abc")
    home.clock.now += SILENT_SECONDS
    assert home.sweep.look() == [7]


def test_a_run_that_is_known_to_be_dead_is_buried_at_once(home: Home) -> None:
    """Given a run whose process died, when it is buried, then all of it is gone, and no other run is touched."""
    for name in ("7-abc", "7-xyz", "70-abc", "8-def"):
        home.run(name)
    home.sweep.bury(7)
    assert [home.healthy(name) for name in ("7-abc", "7-xyz", "70-abc", "8-def")] == [False, False, True, True]


def test_a_run_that_others_carry_out_by_now_is_not_buried(home: Home) -> None:
    """Given a run that was queued again and has a worker, when the first one is buried, then the second goes on."""
    home.run("7-abc")
    home.alive = {7}
    home.sweep.bury(7)
    assert home.healthy("7-abc")


def test_who_leaves_looks_until_it_counts(home: Home) -> None:
    """Given two runs silent since different times, and one alive, when a worker leaves, then the two are gone."""
    for name in ("7-abc", "8-def", "9-ghi"):
        home.run(name)
    home.alive = {8, 9}
    home.sweep.look()
    home.alive = {9}
    home.clock.now += SILENT_SECONDS / 2
    home.sweep.last_look()
    assert [home.healthy(name) for name in ("7-abc", "8-def", "9-ghi")] == [False, False, True]


def test_who_leaves_when_all_are_alive_does_not_wait(home: Home) -> None:
    """Given runs that are alive, when a worker leaves, then it takes no time."""
    home.run("7-abc")
    home.alive = {7}
    began = home.clock.now
    home.sweep.last_look()
    assert (home.clock.now, home.healthy("7-abc")) == (began, True)


def test_a_home_without_runs_is_fine(tmp_path: Path) -> None:
    """Given a home in which nothing ran yet, when looked at, then nothing happens."""
    sweep = Sweep(tmp_path / "none", lambda _: False)
    sweep.bury(1)
    assert sweep.look() == []
