"""What a person types enters; a real chat in a pty answers it, and the terminal's lines leave."""

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pexpect

from tests.recording.painted import Painted

ROOT = Path(__file__).resolve().parents[2]
ROWS, COLUMNS = 46, 100
WAIT_SECONDS = 60
PROJECT = ("ansible.cfg", "playbooks", "roles", "inventories")
ENTER, CTRL_D = "\r", "\x04"


class Session:
    """One sitting at `python -m bot chat`."""

    def __init__(self, child: "pexpect.spawn[str]") -> None:
        self.screen = Painted(ROWS, COLUMNS)
        self._child = child

    def says(self, line: str) -> Self:
        """Type a line."""
        self._child.send(line + ENTER)
        return self

    def sees(self, *texts: str) -> Self:
        """Wait until all of them stand on the screen; RuntimeError with the screen when they don't come."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not all(text in self.screen.text for text in texts):
            if time.monotonic() > deadline or not self._look():
                raise RuntimeError(f"{texts} never came:\n{self.screen.text}")
        return self

    def watches(self, seconds: float) -> Self:
        """Look on for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._look():
            pass
        return self

    def leaves(self) -> None:
        """Ctrl-D, and wait until the chat and all that it started have ended."""
        self._child.send(CTRL_D)
        while self._look():
            pass
        self._child.close()

    def _look(self) -> bool:
        try:
            self.screen.feed(self._child.read_nonblocking(10_000, timeout=0.1))
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        if self.screen.answers:
            self._child.send(self.screen.answers)
            self.screen.answers = ""
        return True


@contextmanager
def session(folder: Path) -> Iterator[Session]:
    """A chat in a new home, with a copy of the example project that is in no Git repository."""
    for name in PROJECT:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    child = pexpect.spawn(
        sys.executable,
        ["-m", "bot", "chat", "--as", "anna"],
        cwd=str(folder),
        env=_environment(folder),
        dimensions=(ROWS, COLUMNS),
        encoding="utf-8",
    )
    try:
        yield Session(child)
    finally:
        child.close(force=True)


def _environment(folder: Path) -> dict[str, str]:
    """Only what is needed, so that nothing of this machine gets into the picture."""
    return {
        "TERM": "xterm-256color",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "SIGNALBOX_HOME": str(folder / "home"),
    }
