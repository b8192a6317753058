"""A command enters as an argument list; its lines leave one by one, and its exit code in the end; no shell reads it."""

import contextlib
import fnmatch
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, cast

from bot.errors import CouldNotRun
from bot.hosting.door import Cancel, Canceled, TimedOut

GRACE = 10.0
"""Seconds that a command has to clean up when it is ended."""

LOOK_EVERY = 0.1
"""Seconds between questions whether somebody asked to cancel."""

LONGEST_LINE = 64_000
"""Bytes; what is longer is cut."""

_GUARDIAN = Path(__file__).with_name("guardian.py")
_KEPT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_*", "TZ", "TMPDIR", "TERM")


def environment(keep: Sequence[str] = ()) -> dict[str, str]:
    """What a command may see of the worker's environment: the usual, and what `keep` names (with `*`)."""
    wanted = (*_KEPT, *keep)
    return {name: value for name, value in os.environ.items() if any(fnmatch.fnmatchcase(name, one) for one in wanted)}


def carry_out(
    command: Sequence[str],
    folder: Path,
    variables: Mapping[str, str],
    hear: Callable[[str], None],
    look: Callable[[], None],
    *,
    grace: float = GRACE,
) -> int:
    """The exit code; each line (stderr among them) is told to `hear`. Nothing of its group is left afterwards.

    `look` is called all the time; what it raises ends the command. CouldNotRun when it can't be started.
    """
    try:
        child = subprocess.Popen(  # noqa: S603 (no shell)
            [sys.executable, "-I", "-S", str(_GUARDIAN), str(grace), *command],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise CouldNotRun(f"{Path(command[0]).name} could not be started: {error.strerror}.") from None
    stdin, stdout = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
    try:
        for line in _lines(stdout, look):
            hear(line)
        return child.wait()
    finally:
        stdin.close()
        child.wait()
        stdout.close()


def looking(cancel: Cancel, until: float) -> Callable[[], None]:
    """A look that raises Canceled when somebody asked for that, TimedOut after `until` (monotonic seconds)."""

    def look() -> None:
        asked = False
        with contextlib.suppress(Exception):  # whoever can't be asked has not asked
            asked = cancel()
        if asked:
            raise Canceled("It was canceled.")
        if time.monotonic() > until:
            raise TimedOut("It took longer than it may, and was ended.")

    return look


def _lines(pipe: IO[bytes], look: Callable[[], None]) -> Iterator[str]:
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            look()
            if not selector.select(LOOK_EVERY):
                continue
            if not (read := os.read(pipe.fileno(), 65_536)):
                break
            *whole, rest = (rest + read).split(b"\n")
            rest = rest[:LONGEST_LINE]
            yield from (line[:LONGEST_LINE].decode(errors="replace").rstrip("\r") for line in whole)
    if rest:
        yield rest.decode(errors="replace")
