"""`python -m tests.demo [FILE]`: plays the tour on hosts of its own, and records it; FILE is .signalbox/demo.cast."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.fleet.shell import is_root
from tests.demo.cast import Cast
from tests.demo.tour import TOUR, Stop
from tests.e2e.place import free_port
from tests.e2e.processes import until

ROOT = Path(__file__).resolve().parents[2]
BOT = (sys.executable, "-m", "bot")
NUMBER = re.compile(r"^RUN #(\d+)")
READY_SECONDS = 60


class Player:
    """Says the tour to a bot that is up; `number` is the last run's."""

    def __init__(self, cast: Cast, environment: Mapping[str, str]) -> None:
        self._cast, self._environment = cast, environment
        self.number = ""

    def play(self, stop: Stop) -> None:
        """One stop, to its end."""
        self._cast.show(f"\n# {stop.note}")
        if stop.fleet and is_root():
            self._fleet(stop.fleet)
        elif stop.say:
            self._say(((is_root() or not stop.plain) and stop.say) or stop.plain, stop)

    def _fleet(self, words: tuple[str, ...]) -> None:
        self._cast.show(f"$ python -m bot fleet {' '.join(words)}")
        self._cast.show(_fleet(words, self._environment))

    def _say(self, text: str, stop: Stop | None = None) -> None:
        said = text.replace("{n}", self.number)
        self._cast.show(f"signalbox> {said}")
        with self._chat(said) as chat:
            for line in chat.stdout or ():
                self._cast.show(line)
                if found := NUMBER.match(line):
                    self.number = found[1]
                if stop is not None and stop.then and stop.until and line.startswith(stop.until):
                    self._say(stop.then)
        if stop is not None and stop.then and not stop.until:
            self._say(stop.then)

    def _chat(self, said: str) -> "subprocess.Popen[str]":
        argv = [*BOT, "chat", "-c", said]
        return subprocess.Popen(argv, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, text=True)


@contextlib.contextmanager
def stack(home: Path) -> Iterator[dict[str, str]]:
    """A bot that is up for as long as the block lasts; what its chats need in their environment."""
    port = free_port()
    environment = {**os.environ, "SIGNALBOX_HOME": str(home), "SIGNALBOX_PROJECT": str(ROOT)}
    with (home / "up.log").open("w") as log:
        started = subprocess.Popen([*BOT, "up", "--port", str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        until(lambda: _answers(port), READY_SECONDS, "the bot")
        yield environment
    finally:
        started.terminate()
        started.wait()


def _fleet(words: tuple[str, ...], environment: Mapping[str, str]) -> str:
    argv = [*BOT, "fleet", *words]
    return subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False).stdout


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
        return True
    return False


def main() -> None:
    """Play all of it, with nothing left in the end but the recording."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".signalbox" / "demo.cast"
    file.parent.mkdir(parents=True, exist_ok=True)
    cast = Cast(file)
    with tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as home:
        try:
            with stack(Path(home)) as environment:
                player = Player(cast, environment)
                for stop in TOUR:
                    player.play(stop)
        finally:
            _fleet(("down",), {**os.environ, "SIGNALBOX_HOME": home})
    cast.show(f"\n# Recorded: asciinema play {file}")
    cast.close()


main()
