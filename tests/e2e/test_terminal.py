"""A person at a real terminal: keys go in, what the screen shows comes out, and nothing stays behind."""

import contextlib
import os
import re
import signal
import time
from collections.abc import Iterator

import pexpect
import pytest

from bot.supervise.processes import tied
from tests.e2e import processes
from tests.e2e.place import Place

ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_=>])")
SECRET = "Xy7-n0t-shown-Anywhere"
CTRL_C = "\x03"


class Screen:
    """A chat in a pseudo-terminal of 120 columns."""

    def __init__(self, place: Place) -> None:
        program, *arguments = tied(place.argv(), "TERM")
        environment = {**place.environment(), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self.raw = ""
        self._gone, self._seen = False, 0
        self.process = pexpect.spawn(
            program,
            arguments,
            env=environment,
            cwd=str(place.root),
            dimensions=(45, 120),
            encoding="utf-8",
            codec_errors="replace",
            timeout=40,
        )

    @property
    def text(self) -> str:
        """Everything shown so far, without the terminal's own language."""
        return ESCAPES.sub("", self.raw)

    def sees(self, wanted: str, seconds: float = 40) -> None:
        """Wait until the screen has shown what matches, after what was seen before."""
        deadline = time.monotonic() + seconds
        while (found := re.search(wanted, self.text[self._seen :])) is None:
            assert time.monotonic() < deadline, f"{wanted} was not shown:\n{self.text[-3000:]}"
            with contextlib.suppress(pexpect.TIMEOUT):
                self.raw += self.process.read_nonblocking(65536, timeout=0.2)
        self._seen += found.end()

    def types(self, text: str, *, enter: bool = True) -> None:
        """As a person does."""
        self.process.send(text + ("\r" if enter else ""))

    def ends(self) -> int:
        """Wait for the end; the exit status."""
        self.process.expect(pexpect.EOF)
        self.raw += self.process.before
        self.process.close()
        return int(self.process.exitstatus or 0)

    def vanishes(self) -> int:
        """The window is closed; the exit status."""
        self._gone = True
        self.process.ptyproc.fileobj.close()
        _, status = processes.until(self._waited, 40, "the chat's end")
        return os.waitstatus_to_exitcode(status)

    def _waited(self) -> tuple[int, int] | None:
        found = os.waitpid(self.process.pid, os.WNOHANG)
        return found if found[0] else None

    def close(self) -> None:
        """End it, whatever it does."""
        if self._gone:
            return
        if self.process.isalive():
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.close(force=True)


@pytest.fixture
def screen(place: Place) -> Iterator[Screen]:
    """A chat that has greeted."""
    made = Screen(place)
    try:
        made.sees("Ctrl-C leaves")
        yield made
    finally:
        made.close()


def test_a_person_asks_completes_and_watches_a_run(screen: Screen, place: Place) -> None:
    """Tab completes a runbook; the run shows its hosts, tasks and recap; `exit` leaves with the last status."""
    screen.types("run upt\t", enter=False)
    screen.sees("uptime")
    screen.types(" on web1,web2 in local")
    screen.sees("RUN #1 uptime|#1 uptime")
    screen.sees("TASK")
    screen.sees("load average")
    screen.sees("successful")
    screen.types("run nothing in local")
    screen.sees("There is no runbook")
    screen.types("exit")
    assert screen.ends() == 2
    assert place.status(1) == "successful"
    assert "run uptime" in (place.home / "history").read_text()


def test_a_secret_is_typed_without_echo(screen: Screen, place: Place) -> None:
    """The token that is asked for appears neither on the screen nor in the history; the run uses it."""
    screen.types("run set-token on web1 in local application=mail")
    screen.sees(r"token \(The new token\)")
    screen.types(SECRET)
    screen.sees("successful")
    screen.types("exit")
    assert screen.ends() == 0
    assert SECRET not in screen.text
    holding = [path for path in place.files() if SECRET.encode() in path.read_bytes()]
    assert [path.name for path in holding] == ["mail"]


def test_ctrl_c_asks_what_to_do_with_a_run_under_way(screen: Screen, place: Place) -> None:
    """With a run under way Ctrl-C asks; staying stays, canceling cancels and leaves with nothing left behind."""
    screen.types("run slow on web1,web2 in local seconds=600")
    screen.sees("Step 1 of 1")
    screen.types(CTRL_C, enter=False)
    screen.sees("Still under way: 1")
    screen.types("s", enter=False)
    screen.types("runs active")
    screen.sees("running")
    screen.types(CTRL_C, enter=False)
    screen.sees("Still under way: 1")
    screen.types("c", enter=False)
    assert screen.ends() in {0, 1}
    assert place.status(1) == "canceled"


def test_two_ctrl_c_leave_at_once_with_the_run_canceled(screen: Screen, place: Place) -> None:
    """A second Ctrl-C at the question means: out, and nothing goes on."""
    screen.types("run slow on web1 in local seconds=600")
    screen.sees("Step 1 of 1")
    screen.types(CTRL_C, enter=False)
    screen.sees("Still under way")
    screen.types(CTRL_C, enter=False)
    screen.ends()
    assert place.status(1) == "canceled"


def test_a_terminal_that_is_closed_leaves_nothing(screen: Screen, place: Place) -> None:
    """The window is closed in the midst of a run: the run is ended and every process with it."""
    screen.types("run slow on web1 in local seconds=600")
    screen.sees("Step 1 of 1")
    place.note_modules()
    screen.vanishes()
    assert place.status(1) == "canceled"


def test_a_terminal_that_vanishes_with_its_chat_leaves_nothing(screen: Screen, place: Place) -> None:
    """The chat is killed with SIGKILL: its workers drop the run, and remove its folder with the parameters."""
    screen.types("run slow on web1 in local seconds=600")
    screen.sees("Step 1 of 1")
    place.note_modules()
    screen.close()
    place.assert_quiet(40)
