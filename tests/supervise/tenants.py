"""Tenants and stacks in processes of their own: a home and a part to play go in, lines with times come out.

A line is a word and the clock of the machine, the same for all processes: `in 1234.5`. A line on standard input lets
the process go on.
"""

import random
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Player:
    """The test's end of one process."""

    def __init__(self, part: str, home: Path, *more: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.supervise.tenants", part, str(home), *more],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def says(self, word: str) -> float:
        """Wait for its next line, which must be `word`; the time that it tells."""
        assert self.process.stdout is not None
        said, _, at = self.process.stdout.readline().partition(" ")
        assert said == word, f"{said!r} instead of {word!r}"
        return float(at)

    def go_on(self) -> None:
        """Let it go on."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self) -> None:
        """Leave nothing of it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def say(word: str) -> None:
    """One line."""
    print(word, time.monotonic(), flush=True)


def tenant(home: Path) -> None:
    """Enter, say whether there is a stack, wait, leave."""
    from bot.supervise import Tenancy

    tenancy = Tenancy(home)
    say("waits")
    tenancy.enter()
    say("in")
    say("stack" if tenancy.stack_lives() else "alone")
    sys.stdin.readline()
    tenancy.leave()
    say("out")


def stack(home: Path) -> None:
    """Serve until deserted, then wait to be told to go."""
    from bot.supervise import Membership

    membership = Membership(home)
    with membership.serving(stays=False) as served:
        say("serves" if served else "refused")
        if not served:
            return
        while not membership.deserted():
            time.sleep(0.01)
        say("deserted")
        sys.stdin.readline()
        say("gone")


def crowd_stack(home: Path) -> None:
    """Serve until deserted; write down when it began to try, since when it served, and until when."""
    from bot.supervise import Membership

    membership = Membership(home)
    tried = time.monotonic()
    with membership.serving(stays=False) as served:
        if not served:
            return
        since = time.monotonic()
        while not membership.deserted():
            time.sleep(0.01)
        with (home / "served").open("a") as file:
            file.write(f"{tried} {since} {time.monotonic()}\n")


def crowd_tenant(home: Path, rounds: str) -> None:
    """Come and go a few times, starting a stack whenever there is none; write down from when to when it was used."""
    from bot.supervise import Tenancy

    for _ in range(int(rounds)):
        tenancy = Tenancy(home)
        tenancy.enter()
        started = None
        if not tenancy.stack_lives():
            started = subprocess.Popen([sys.executable, "-m", "tests.supervise.tenants", "crowd_stack", str(home)])
        while not tenancy.stack_lives():
            time.sleep(0.005)
        since = time.monotonic()
        time.sleep(random.uniform(0, 0.05))
        with (home / "used").open("a") as file:
            file.write(f"{since} {time.monotonic()}\n")
        tenancy.leave(seconds=60)
        if started is not None:
            started.wait(60)
        time.sleep(random.uniform(0, 0.05))


PARTS = {part.__name__: part for part in (tenant, stack, crowd_stack, crowd_tenant)}

if __name__ == "__main__":
    PARTS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
