"""A person at a real terminal (a pty): typing, completion, history, secrets, cards below the line, leaving."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.chat.screen import Screen

TAB, UP, ENTER, CTRL_C, CTRL_D = "\t", "\x1b[A", "\r", "\x03", "\x04"
WAIT_SECONDS = 30


class Person:
    """Someone who types and looks."""

    def __init__(self, history: Path) -> None:
        self.screen = Screen(40, 80)
        self.written = ""
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "tests.chat.session", str(history)],
            cwd=str(Path(__file__).parents[2]),
            env={"TERM": "xterm-256color", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            dimensions=(40, 80),
            encoding="utf-8",
        )
        self.sees("\n>")

    def types(self, keys: str) -> None:
        """Press keys."""
        self.child.send(keys)

    def sees(self, text: str) -> None:
        """Wait until the terminal shows it (a newline before the text: at the beginning of a line)."""
        deadline = time.monotonic() + WAIT_SECONDS
        while text not in f"\n{self.screen.text}":
            assert time.monotonic() < deadline, f"{text!r} never came:\n{self.screen.text}"
            assert self._look(), f"ended before {text!r} came:\n{self.screen.text}"

    def _look(self) -> bool:
        """Let the program write; False when it has ended."""
        try:
            written = self.child.read_nonblocking(10_000, timeout=0.1)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.written += written
        self.screen.feed(written)
        if self.screen.answers:
            self.child.send(self.screen.answers)
            self.screen.answers = ""
        return True

    def leaves(self) -> int | None:
        """Close the terminal's program as a person does; its exit status."""
        self.types(CTRL_C)
        self.sees("c/l/s?")
        self.types("l")
        return self.ends()

    def ends(self) -> int | None:
        """Wait for the end; the exit status."""
        deadline = time.monotonic() + WAIT_SECONDS
        while self._look():
            assert time.monotonic() < deadline, f"did not end:\n{self.screen.text}"
        self.child.close()
        status: int | None = self.child.exitstatus
        return status


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Where the history goes; its directory does not exist yet."""
    return tmp_path / "home" / "history"


@pytest.fixture
def person(history: Path) -> Iterator[Person]:
    """Someone at the terminal."""
    someone = Person(history)
    yield someone
    someone.child.close(force=True)


def test_a_line_is_completed_on_tab(person: Person) -> None:
    """Given the start of a word, when Tab is pressed, then the word is there and the line can be sent."""
    person.types("can" + TAB)
    person.sees("\n> cancel")
    person.types("12" + ENTER)
    person.sees("read <cancel 12>")
    assert person.leaves() == 0


def test_several_completions_are_offered_with_what_they_are(person: Person) -> None:
    """Given a start that two words share, when Tab is pressed, then both are offered, each with its hint."""
    person.types("r" + TAB)
    person.sees("carry out a runbook")
    person.sees("list them")
    assert person.leaves() == 0


def test_history_comes_back_in_the_next_session(person: Person, history: Path) -> None:
    """Given a line of an earlier session, when a new one starts, then the arrow brings it back; the file is private."""
    person.types("runbooks" + ENTER)
    person.sees("read <runbooks>")
    person.types("private password=hunter2" + ENTER)
    person.sees("read <private password=hunter2>")
    assert person.leaves() == 0
    assert history.stat().st_mode & 0o777 == 0o600
    assert "hunter2" not in history.read_text()
    later = Person(history)
    later.types(UP)
    later.sees("\n> runbooks")
    later.types(ENTER)
    later.sees("read <runbooks>")
    assert later.leaves() == 0


def test_a_line_that_may_not_be_kept_is_not_offered_again(person: Person) -> None:
    """Given a line with a secret, when the arrow is pressed, then the line before it comes."""
    person.types("first" + ENTER)
    person.sees("read <first>")
    person.types("private password=hunter2" + ENTER)
    person.sees("read <private password=hunter2>")
    person.types(UP + ENTER)
    person.sees("read <first>")
    assert person.leaves() == 0


def test_a_secret_is_shown_nowhere(person: Person, history: Path) -> None:
    """Given a question for a secret, when it is typed, then neither it nor its length is shown, nor kept."""
    person.types("secret" + ENTER)
    person.sees("Password?")
    person.types("hunter2" + ENTER)
    person.sees("length <7>")
    assert "*" not in person.screen.text
    person.types(UP + ENTER)
    person.sees("read <>")
    assert person.leaves() == 0
    assert "hunter2" not in person.written
    assert not history.exists()


def test_cards_live_below_the_line_while_a_person_types(person: Person) -> None:
    """Given a run under way, when a person types, then its card is below the line and the line works on."""
    person.types("live" + ENTER)
    person.sees("read <live>")
    person.sees("#12 restart-service")
    person.sees("in staging")
    person.types("runbo" + TAB)
    person.sees("\n> runbooks")
    person.types(ENTER)
    person.sees("read <runbooks >")
    assert person.leaves() == 0


def test_printing_from_another_thread_keeps_the_line(person: Person) -> None:
    """Given half a line, when something is printed above it, then the line is still there and can be sent."""
    person.types("above" + ENTER)
    person.sees("read <above>")
    person.types("half")
    person.sees("\n[from] another thread\n> half")
    person.types(" done" + ENTER)
    person.sees("read <half done>")
    assert person.leaves() == 0


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_leaving_asks_what_to_do(person: Person, key: str) -> None:
    """Given Ctrl-C or Ctrl-D, then a question comes, other keys change nothing, and staying is possible."""
    person.types(key)
    person.sees("[c] cancel them")
    person.sees("c/l/s?")
    person.types("xyz" + ENTER + "s")
    person.sees("chosen <s>")
    person.types("runbooks" + ENTER)
    person.sees("read <runbooks>")
    person.types(key)
    person.sees("c/l/s?")
    person.types("c")
    person.sees("chosen <c>")
    assert person.ends() == 0


def test_leaving_twice_leaves(person: Person) -> None:
    """Given the question, when Ctrl-C is pressed again, then that is Leave too, and the caller sees it."""
    person.types(CTRL_C)
    person.sees("c/l/s?")
    person.types(CTRL_C)
    assert person.ends() == 1
    assert "Leave" in person.written
