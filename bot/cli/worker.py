"""`python -m bot worker`: carries out runs; needs Redis, the Ansible project and its keys, no database."""

import argparse
import re
import signal
from typing import Any

import structlog

from bot import log
from bot.app import App
from bot.cli.home import ready
from bot.model.queues import PATTERN
from bot.queue.worker import Patience, RunWorker
from bot.settings import load
from bot.tied import die_with_parent

_log = structlog.get_logger(__name__)


def add(parsers: Any) -> None:
    """Join the command line."""
    parser = parsers.add_parser("worker", help="carry out runs, one at a time; start as many as you like")
    parser.add_argument("--queues", type=names, help="to listen to, with commas between (also SIGNALBOX_QUEUES)")
    parser.add_argument("--tied", action="store_true", help="end when the process that started this one ends")
    parser.set_defaults(run=run)


def names(text: str) -> str:
    """An argument's type: names of queues with commas between."""
    if not re.fullmatch(f"{PATTERN}(,{PATTERN})*", text):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} are no names of queues, such as prod,dc1")
    return text


def run(given: argparse.Namespace) -> int:
    """Work until SIGTERM; a run under way is finished first."""
    if given.tied:
        die_with_parent(signal.SIGKILL)  # SIGTERM would let it finish a run of hours, with nobody left to watch it
    settings = load()
    if given.queues:
        settings = settings.model_copy(update={"queues": given.queues})
    log.set_up(settings.log_level)
    ready(settings, always=True)
    app = App(settings)
    app.worker.execute.warm_up()
    part = app.worker
    worker = RunWorker(
        app.redis,
        carry=part.execute.handle,
        died=part.died,
        drop=part.drop,
        stop=Patience(settings.stop_seconds, part.stop, part.begun),
        tidy=part.tidy,
        queues=settings.queue_names,
    )
    _log.info("worker is ready", project=str(settings.project_dir), queues=settings.queues)
    worker.run_until_stopped()
    app.worker.leave()
    return 0
