"""The way out of the chat: every choice, and what becomes of the runs under way."""

from collections.abc import Callable, Mapping

import pytest
from rich.text import Text

from bot.chat.terminal.prompt import Leave
from bot.entrypoints.terminal import leaving as leaving_module
from bot.entrypoints.terminal.leaving import Leaving


class Chooser:
    """A person who presses one key; None is a second Ctrl-C."""

    def __init__(self, key: str | None) -> None:
        self._key = key
        self.offered: list[str] = []
        self.questions: list[str] = []
        self.printed: list[str] = []

    def choose(self, question: str, choices: Mapping[str, str]) -> str:
        """Press the key."""
        self.questions.append(question)
        self.offered = list(choices)
        if self._key is None:
            raise Leave
        assert self._key in choices
        return self._key

    def print_above(self, text: Text) -> None:
        """Note it."""
        self.printed.append(text.plain)


class Runs:
    """Runs under way; each canceled one is over a few looks later."""

    def __init__(self, *ids: int, ends_by_itself: bool = False) -> None:
        self.ids = list(ids)
        self.canceled: list[int] = []
        self.looks = 0
        self._ends = ends_by_itself

    def __call__(self) -> list[int]:
        """Those still under way."""
        self.looks += 1
        if self.looks > 8:
            over = self.ids if self._ends else self.canceled
            self.ids = [run_id for run_id in self.ids if run_id not in over]
        return list(self.ids)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits in a test."""
    monkeypatch.setattr(leaving_module, "LOOK_SECONDS", 0.0)


def leave(key: str | None, runs: Runs, *, can_stay: bool = True) -> tuple[bool, Chooser]:
    """Whether the person is out after that key."""
    chooser = Chooser(key)
    return Leaving(prompt=chooser, runs=runs, can_stay=can_stay).handle(runs.canceled.append), chooser  # type: ignore[arg-type]


def test_with_nothing_under_way_nothing_is_asked() -> None:
    """Given no runs, when a person leaves, then there is no question."""
    out, chooser = leave("s", Runs())
    assert out
    assert chooser.questions == []


def test_runs_under_way_are_named() -> None:
    """Given two runs, when a person leaves, then the question has their numbers."""
    _, chooser = leave("s", Runs(3, 7))
    assert chooser.questions == ["Still under way: 3, 7. What shall happen?"]


def test_one_may_stay() -> None:
    """Given a run, when the person stays, then nothing is canceled, and the chat goes on."""
    runs = Runs(3)
    out, _ = leave("s", runs)
    assert not out
    assert runs.canceled == []


def test_one_may_wait() -> None:
    """Given a run, when the person waits, then the chat ends when the run has ended, and nothing was canceled."""
    runs = Runs(3, ends_by_itself=True)
    out, chooser = leave("w", runs)
    assert out
    assert runs.ids == []
    assert runs.canceled == []
    assert chooser.printed == ["Waiting; Ctrl-C goes back."]


def test_one_may_cancel_them() -> None:
    """Given runs, when the person cancels them, then each is, and the chat ends when they have ended."""
    runs = Runs(3, 7)
    out, _ = leave("c", runs)
    assert out
    assert runs.canceled == [3, 7]
    assert runs.ids == []


def test_one_may_leave_them_running_where_workers_stay() -> None:
    """Given workers that somebody else keeps, when the person leaves the runs alone, then the chat ends at once."""
    runs = Runs(3)
    out, chooser = leave("l", runs)
    assert out
    assert runs.ids == [3]
    assert chooser.offered == ["w", "c", "s", "l"]


def test_runs_can_not_be_left_to_workers_that_end() -> None:
    """Given workers that end with this chat, when the person leaves, then leaving runs alone is not offered."""
    _, chooser = leave("s", Runs(3), can_stay=False)
    assert chooser.offered == ["w", "c", "s"]


def test_a_second_interrupt_cancels_and_leaves() -> None:
    """Given the question, when Ctrl-C is pressed again, then the runs are canceled, and the chat ends after them."""
    runs = Runs(3)
    out, _ = leave(None, runs)
    assert out
    assert runs.canceled == [3]


@pytest.mark.parametrize("key", ["w", "c"])
def test_an_interrupt_while_waiting_goes_back(key: str) -> None:
    """Given a person who waits, when Ctrl-C is pressed, then the chat goes on."""

    class Impatient(Runs):
        """Runs that never end, and a person who has waited long enough."""

        def __call__(self) -> list[int]:
            self.looks += 1
            if self.looks > 6:
                raise KeyboardInterrupt
            return self.ids

    out, _ = leave(key, Impatient(3))
    assert not out


Look = Callable[[], list[int]]
