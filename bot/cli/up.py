"""`python -m bot up`: everything on one machine under one supervisor, with an embedded Redis where no URL is set."""

import argparse
import sys
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any

import structlog

from bot import log
from bot.app import App
from bot.cli import main
from bot.cli.address import add_address, address, whole
from bot.commands.grammar import grammar
from bot.errors import Misconfigured, Unavailable
from bot.settings import Settings, load
from bot.supervise import Alarm, Child, EmbeddedRedis, Membership, Supervisor, settle

_log = structlog.get_logger(__name__)

RUN_SECONDS = 10
"""How long a run may go on when we are told to stop and no setting says so; one of a chat's stack never longer."""
END_SECONDS = 10.0
"""For a worker, when that is over: to end its run as a cancel does, hand over its last events, and clear up."""
MIND_SECONDS = 0.2
CALM_SECONDS = 2.0
"""How often to look after children while none has ended: the end of one wakes us."""
NEEDED = {
    "relay": (
        *("bot.app_talk", "bot.app_rules", "bot.app_alerts", "bot.chat.slack.chat", "bot.ledger.sql"),
        *("bot.flows.relay", "bot.flows.retain", "bot.app_worker", "bot.cli.relay", "bot.cli.worker"),
    ),
    "serve": ("bot.cli.serve", "bot.flows.health", "bot.flows.measure", "gunicorn.workers.gthread"),
    "sense": ("bot.cli.sense",),
}
"""What children import, and have in common when we have imported it before they are forked; the relay is the first."""


def add(parsers: Any) -> None:
    """Join the command line."""
    parser = parsers.add_parser("up", help="serve, workers, relay and an embedded Redis under one supervisor")
    add_address(parser)
    workers = "how many runs go on side by side (also SIGNALBOX_WORKERS)"
    parser.add_argument("--workers", type=whole(1, 64), help=workers)
    parser.add_argument(
        "--while-used", action="store_true", help="no HTTP; end when the last chat on this machine has left"
    )
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Supervise until SIGTERM, or until deserted when asked to."""
    settings = load()
    log.set_up(settings.log_level)
    alarm = Alarm()
    membership = Membership(settings.home_dir)
    with membership.serving(stays=not given.while_used) as served:
        if not served:
            raise Misconfigured(
                f"Signalbox is up already with the state in {settings.home_dir}.",
                "Use that one, or set SIGNALBOX_HOME to another folder.",
            )
        _supervise(given, settings, alarm, membership)
    return 0


def _supervise(given: argparse.Namespace, settings: Settings, alarm: Alarm, membership: Membership) -> None:
    redis = None if settings.redis_url else EmbeddedRedis(settings.home_dir)
    supervisor = Supervisor()
    try:
        if redis:
            redis.start()
        for child in _children(given, settings):
            _load_for(child.name)
            supervisor.start(child)
        _log.info("up", home=str(settings.home_dir), project=str(settings.project_dir))
        starting = False
        while not alarm.wait(MIND_SECONDS if starting or given.while_used else CALM_SECONDS):
            if given.while_used and membership.deserted():
                break
            if redis and not redis.lives():
                redis.start()
            starting = supervisor.mind()
            for name in log.IN_HOME:
                log.make_way(settings.home_dir / name)
    finally:
        _end(supervisor, redis, alarm)


def _end(supervisor: Supervisor, redis: EmbeddedRedis | None, alarm: Alarm) -> None:
    """Workers have their time; until they have ended, the relay and Redis are kept alive to take in what they tell."""

    def rest(seconds: float) -> bool:
        if redis and not redis.lives():
            with suppress(Unavailable):
                redis.start()
        supervisor.mind()
        return alarm.wait_on(seconds)

    try:
        supervisor.end(rest)
    finally:
        if redis:
            redis.end()


@cache
def _load_for(name: str) -> None:
    """Import what the first child of that name needs more than those before it, which begin meanwhile."""
    for module in NEEDED.get(name, ()):
        import_module(module)
    if name == "worker":
        grammar()
    settle()


def _children(given: argparse.Namespace, settings: Settings) -> list[Child]:
    """The relay first, so that it is ready when runs come; workers unless there are some elsewhere already."""
    children = [replace(_child("relay", "--tied"), stays=True)]
    wanted = settings.workers if given.workers is None else given.workers
    if not (given.while_used and settings.redis_url and _listening(settings)):
        children += [_worker(run_seconds(settings, while_used=given.while_used))] * wanted
    if not given.while_used:
        host, port = address(given, settings)
        children.append(_child("serve", "--tied", "--host", host, "--port", str(port)))
        children += [_child("sense", "--tied")] if _senses(settings) else []
    return children


def run_seconds(settings: Settings, *, while_used: bool) -> int:
    """How long a run may go on when we end; nobody can use a home while the stack of its chats is on its way out."""
    seconds = RUN_SECONDS if settings.stop_seconds is None else settings.stop_seconds
    return min(seconds, RUN_SECONDS) if while_used else seconds


def _worker(seconds: int) -> Child:
    environment = {"SIGNALBOX_STOP_SECONDS": str(seconds)}
    return replace(_child("worker", "--tied"), environment=environment, grace=seconds + END_SECONDS)


def _senses(settings: Settings) -> bool:
    """Whether there is anything to sense in the project, now or as soon as its files are mended."""
    from bot.rules import has_rulebooks

    return has_rulebooks(settings.project_dir)


def _listening(settings: Settings) -> bool:
    queue = App(settings).queue
    return all(queue.workers(name) for name in settings.queue_names)


def _child(*arguments: str) -> Child:
    """Forked from here (decision 0025), or as on the command line."""
    argv = (sys.executable, "-m", "bot", *arguments)
    return Child(name=arguments[0], argv=argv, work=lambda: main(arguments))
