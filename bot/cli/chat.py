"""`python -m bot chat`: the bot in a terminal, with everything it needs started and ended around it."""

import argparse
import getpass
import io
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Any

import redis.exceptions

from bot import log
from bot.app import App
from bot.chat import MailboxReader
from bot.cli.who import login_name
from bot.entrypoints.terminal.batch import Batch
from bot.entrypoints.terminal.speaker import Speaker, conversation
from bot.entrypoints.terminal.voice import JsonVoice, PlainVoice
from bot.errors import Unavailable
from bot.model.people import Actor, Origin
from bot.settings import Settings, load
from bot.supervise import Tenancy

START_SECONDS = 90.0


def add(parsers: Any) -> None:
    """Join the command line."""
    parser = parsers.add_parser("chat", help="the bot in a terminal; no Slack needed")
    parser.add_argument("-c", "--command", action="append", metavar="TEXT", help="say this and leave (repeatable)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of text")
    parser.add_argument("--as", dest="name", metavar="NAME", help="who speaks (default: the login name)")
    parser.add_argument("--channel", metavar="NAME", default="terminal", help="where (default: terminal)")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """The exit status of the last command: 0 done, 1 not successful, 2 refused."""
    settings = load()
    settings.home_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    log.set_up("ERROR", stream=io.TextIOWrapper(log.opened(settings.home_dir / "chat.log"), encoding="utf-8"))
    signal.signal(signal.SIGTERM, _as_interrupt)
    signal.signal(signal.SIGHUP, _as_interrupt)  # the terminal was closed
    with _stack(settings) as (tenancy, failed):
        app = App(settings)
        _await_redis(app, failed)
        app.belong_together()
        speaker = _speaker(given, app)
        if given.command or given.json or not sys.stdin.isatty():
            return _batch(given, speaker)
        from bot.entrypoints.terminal.live import Live  # its libraries are for a person's screen only

        return Live(speaker=speaker, home=settings.home_dir, own_stack=not tenancy.stack_stays()).handle()


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _stack(settings: Settings) -> Iterator[tuple[Tenancy, Callable[[], bool]]]:
    """Redis, workers and relay, shared by all chats of this home; they end when the last one has left.

    What comes with the tenancy tells whether they could not be started.
    """
    tenancy = Tenancy(settings.home_dir)
    tenancy.enter()
    started = None
    try:
        if not tenancy.stack_lives():
            started = _start(settings)
        yield tenancy, lambda: started is not None and started.poll() is not None and not tenancy.stack_lives()
    finally:
        tenancy.leave()
        if started is not None:
            started.poll()


def _start(settings: Settings) -> "subprocess.Popen[bytes]":
    """A supervisor of its own session: a Ctrl-C here is not for the workers."""
    settings.home_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.opened(settings.home_dir / "stack.log") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "up", "--while-used"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _await_redis(app: App, failed: Callable[[], bool] = lambda: False) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            app.redis.ping()
        except redis.exceptions.AuthenticationError:
            raise Unavailable("Redis does not accept the password.", "Mend REDIS_URL.") from None
        except redis.exceptions.RedisError:
            if app.settings.redis_url or time.monotonic() > deadline or failed():
                where = "Mend REDIS_URL." if app.settings.redis_url else f"{app.settings.home_dir}/stack.log tells why."
                raise Unavailable("Redis does not answer.", where) from None
            time.sleep(0.02)
        else:
            return


def _speaker(given: argparse.Namespace, app: App) -> Speaker:
    here = conversation(given.channel)
    return Speaker(
        converse=app.converse,
        ledger=app.ledger,
        stream=app.stream,
        queue=app.queue,
        mailbox=MailboxReader(app.redis, here),
        channel=MailboxReader(app.redis, replace(here, thread="")),
        actor=Actor(transport="terminal", name=given.name or login_name()),
        conversation=here,
        origin=Origin.CLI if given.command else Origin.CHAT,
    )


def _batch(given: argparse.Namespace, speaker: Speaker) -> int:
    voice = JsonVoice() if given.json else PlainVoice()
    lines = given.command or (line.rstrip("\n") for line in sys.stdin)
    return Batch(speaker=speaker, voice=voice, ask_secret=_ask_secret).handle(lines)


def _ask_secret(question: str) -> str | None:
    """Without echo at a terminal; from a pipe the next line is the answer."""
    if sys.stdin.isatty():
        return getpass.getpass(question)
    line = sys.stdin.readline()
    return line.rstrip("\n") or None
