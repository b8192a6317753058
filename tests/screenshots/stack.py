"""A fake Slack enters; the real bot runs against it, and what it posts can be waited for."""

import copy
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tests.fake_slack import FakeSlack
from tests.fake_slack.state import Message, View
from tests.screenshots.project import ROOT, make

WAIT_SECONDS = 240
CHANNEL = "C1"
T = TypeVar("T")


@contextmanager
def bot(slack: FakeSlack, folder: Path) -> Iterator[None]:
    """`python -m bot up` in a project of its own; RuntimeError with its log when it does not come up."""
    make(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = folder / "home"
    with (folder / "log").open("w") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "bot", "up", "--port", str(port)],
            cwd=ROOT,
            env=_environment(slack, folder, home),
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: _answers(f"http://127.0.0.1:{port}/healthz"), "the bot is up")
        slack.connect(f"http://127.0.0.1:{port}/slack/events")
        yield
    except RuntimeError as error:
        raise RuntimeError(f"{error}\n{(folder / 'log').read_text()[-2000:]}") from None
    finally:
        child.terminate()
        child.wait(60)


def card(slack: FakeSlack, run: int, pattern: str = "") -> Message:
    """A copy of a run's card, as soon as the pattern is found in it."""

    def shown() -> Message | None:
        cards = [each for each in slack.messages(CHANNEL) if each.text.startswith(f"Run {run},")]
        return next((copy.deepcopy(each) for each in cards if re.search(pattern, str(each.blocks))), None)

    return until(shown, f"the card of run {run} with {pattern}")


def thread(slack: FakeSlack, top: Message) -> list[Message]:
    """What stands below a card, as soon as the log is there."""

    def told() -> list[Message]:
        below = [each for each in slack.messages(CHANNEL) if each.thread_ts == top.ts and each.ts != top.ts]
        return below if any(each.files for each in below) else []

    return until(told, "the log in the thread")


def modal(slack: FakeSlack, *texts: str) -> View:
    """The form before U1, as soon as it shows all the texts."""

    def shown() -> View | None:
        view = slack.person("U1").modal()
        return view if view and all(text in str(view.body) for text in texts) else None

    return until(shown, f"a form with {texts}")


def until(look: Callable[[], T | None], what: str) -> T:
    """What `look` returns as soon as it is true."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := look()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"never seen: {what}")
        time.sleep(0.05)
    return found


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:  # refused, or 503
        return False


def _environment(slack: FakeSlack, folder: Path, home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
    return kept | {
        "SIGNALBOX_PROJECT": str(folder),
        "SIGNALBOX_HOME": str(home),
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
    }
