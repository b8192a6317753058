"""`python -m bot worker`: carries out runs; needs Redis, the Ansible project and its keys, no database."""

import argparse
import signal
from typing import Any

import structlog

from bot import log
from bot.app import App
from bot.queue.worker import RunWorker, die_with_parent
from bot.settings import load

_log = structlog.get_logger(__name__)


def add(parsers: Any) -> None:
    """Join the command line."""
    parser = parsers.add_parser("worker", help="carry out runs, one at a time; start as many as you like")
    parser.add_argument("--tied", action="store_true", help="end when the process that started this one ends")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Work until SIGTERM; a run under way is finished first."""
    if given.tied:
        die_with_parent(signal.SIGKILL)  # SIGTERM would let it finish a run of hours, with nobody left to watch it
    settings = load()
    log.set_up(settings.log_level)
    app = App(settings)
    app.worker.execute.warm_up()
    part = app.worker
    worker = RunWorker(app.redis, carry=part.execute.handle, died=part.died, drop=part.drop, tidy=part.tidy)
    _log.info("worker is ready", project=str(settings.project_dir))
    worker.run_until_stopped()
    app.worker.leave()
    return 0
