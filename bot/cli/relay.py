"""`python -m bot relay`: stores what workers report and keeps the conversations current."""

import argparse
import signal
import threading
import time
from types import FrameType
from typing import Any

import structlog

from bot import log
from bot.app import App
from bot.cli.home import ready
from bot.flows.relay import settle
from bot.settings import load
from bot.tied import die_with_parent

_log = structlog.get_logger(__name__)

IDLE_SECONDS = 0.5
"""How long the relay listens for news at a time; what nobody rings for is looked for as often."""
GIVE_BACK_SECONDS = 5.0
LAST_SECONDS = 3.0
"""How long what workers told before they ended may take to be stored when we end; the rest is for the next relay."""
AWAY_SECONDS = 1.0


def add(parsers: Any) -> None:
    """Join the command line."""
    parser = parsers.add_parser("relay", help="store what workers report, and keep conversations current")
    parser.add_argument("--tied", action="store_true", help="end when the process that started this one ends")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Relay until SIGTERM; then store and show what there is, and give the leases back."""
    if given.tied:
        die_with_parent(signal.SIGTERM)
    settings = load()
    log.set_up(settings.log_level)
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    ready(settings)
    app = App(settings)
    app.belong_together()
    relay = app.relay
    stored = threading.Event()
    delivery, rules, schedules = _deliver(app, stored), _rule(app, stop), _keep_schedules(app, stop)
    _log.info("relay is ready")
    while not stop.is_set():
        answered = settle(relay, time.monotonic(), app.alerts.tend.handle, app.retain.handle)
        if not answered:
            stop.wait(AWAY_SECONDS)
        elif not stop.is_set():
            relay.rest(IDLE_SECONDS)
    relay.finish(LAST_SECONDS)
    relay.give_back()
    stored.set()
    for thread in filter(None, (delivery, rules, schedules)):
        thread.join(GIVE_BACK_SECONDS)
    return 0


def _rule(app: App, stop: threading.Event) -> threading.Thread:
    """Act on what rules want, in a thread of its own: what they ask for is looked up in the project."""
    from bot.flows.rule_work import RuleWork, work_until
    from bot.rules import has_rulebooks

    def work() -> RuleWork | None:
        return app.rules.work if has_rulebooks(app.settings.project_dir) else None

    thread = threading.Thread(target=work_until, args=(work, stop), name="rules", daemon=True)
    thread.start()
    return thread


def _keep_schedules(app: App, stop: threading.Event) -> threading.Thread:
    """Ask for what schedules want, in a thread of its own: it is looked up in the project."""
    from bot.flows.schedules import keep_until

    thread = threading.Thread(target=keep_until, args=(lambda: app.schedules, stop), name="schedules", daemon=True)
    thread.start()
    return thread


def _deliver(app: App, stop: threading.Event) -> threading.Thread | None:
    """Bring what is for Slack there, in a thread of its own: a call to Slack takes time."""
    if app.slack is None:
        return None
    from bot.flows.deliver import deliver_until

    thread = threading.Thread(target=deliver_until, args=(app.slack.deliver, stop), name="deliver", daemon=True)
    thread.start()
    return thread
