"""`python -m bot sense`: the sources of the rulebooks, each in a process of its own, started again when it dies."""

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
import warnings
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from bot import log
from bot.cli import told
from bot.cli.home import ready
from bot.errors import Misconfigured
from bot.guards import OURS, PolicyFile, env_vars, plain_vars
from bot.model.rule import EventSource, Ruleset
from bot.rules import Shelf, Unfilled, fill, has_template
from bot.settings import Settings, load, secret
from bot.supervise import Alarm, Child, Supervisor, settle
from bot.tied import die_with_parent

_log = structlog.get_logger(__name__)

MIND_SECONDS = 0.2
LOOK_SECONDS = 2.0
GRACE_SECONDS = 5.0


def add(parsers: Any) -> None:
    """Join the command line."""
    parser = parsers.add_parser("sense", help="run the event sources of the project's rulebooks")
    parser.add_argument("--tied", action="store_true", help="end when the process that started this one ends")
    parser.add_argument("--one", nargs=2, metavar=("RULESET", "NUMBER"), help="only that source, in this process")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Sense until SIGTERM; one source alone also until its plugin has ended."""
    settings = load()
    log.set_up(settings.log_level)
    ready(settings)
    if given.one:
        return _one(settings, *given.one)
    if given.tied:
        die_with_parent(signal.SIGTERM)
    alarm = Alarm()
    _import_common()
    _all(settings, Shelf(settings.project_dir), alarm)
    return 0


def _import_common() -> None:
    """What every source needs, before they are forked."""
    import bot.app_redis
    import bot.sensors  # noqa: F401 (for our children)

    settle()


def _all(settings: Settings, shelf: Shelf, alarm: Alarm) -> None:
    """A child for each source; all of them anew when sources, or the variables that they may take, have changed."""
    policy = _policy(settings)
    supervisor, running, look_at, starting = Supervisor(), None, 0.0, False
    try:
        while not alarm.wait(MIND_SECONDS if starting else max(0.0, look_at - time.monotonic())):
            if time.monotonic() >= look_at:
                look_at, wanted = time.monotonic() + LOOK_SECONDS, _sources(shelf)
                if (wanted, variables := _variables(policy)) != running:
                    supervisor.end()
                    running = wanted, variables
                    for place in wanted:
                        supervisor.start(_child(settings, place))
                    _log.info("sensors", sources=[f"{ruleset}: {source.name}" for ruleset, _, source in wanted])
            starting = supervisor.mind()
    finally:
        supervisor.end()


def _policy(settings: Settings) -> PolicyFile:
    return PolicyFile(settings.config_file, named=settings.config is not None)


def _variables(policy: PolicyFile) -> Mapping[str, Any]:
    """As they are written; none while the file cannot be used."""
    try:
        return policy.policy().vars
    except Misconfigured:
        return {}


def _sources(shelf: Shelf) -> list[tuple[str, int, EventSource]]:
    rulesets: list[Ruleset] = [ready.ruleset for ready in shelf.rulesets()]
    return [(ruleset.name, number, each) for ruleset in rulesets for number, each in enumerate(ruleset.sources)]


def _child(settings: Settings, place: tuple[str, int, EventSource]) -> Child:
    ruleset, number, source = place
    argv = (sys.executable, "-m", "bot", "sense", "--one", ruleset, str(number))
    work = partial(told, partial(_run, settings, source, ruleset))
    return Child(name=source.name, argv=argv, grace=GRACE_SECONDS, may_end=True, work=work)


def _one(settings: Settings, ruleset: str, number: str) -> int:
    """Run one source, by its place."""
    return _run(settings, _source(Shelf(settings.project_dir), ruleset, number), ruleset)


def _run(settings: Settings, source: EventSource, ruleset: str) -> int:
    """Run one source. A plugin may have left threads behind that never end: the process does not wait for them."""
    from bot.app_redis import redis_of
    from bot.queue import RULES, RedisBell
    from bot.sensors import RedisSensed, Sensed, hidden, roots, run_source, wired

    _be_quiet()
    project = settings.project_dir
    source, secrets = _filled(source, _policy(settings))
    redis = redis_of(settings)
    waiting, bell = RedisSensed(redis), RedisBell(redis, RULES)
    _forget_secrets()
    made = wired(source, project, roots(project))
    os.chdir(project)

    def deliver(event: Mapping[str, Any]) -> None:
        waiting.put(Sensed(ruleset=ruleset, event=hidden(event, secrets)))
        bell.ring()

    async def main() -> int:
        task = asyncio.ensure_future(run_source(made, deliver))
        for number_ in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number_, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            return 0
        except Exception as error:  # noqa: BLE001 (a plugin is anybody's code)
            _log.warning("a sensor failed", source=source.name, plugin=source.plugin, error=type(error).__name__)
            return 1
        _log.info("a sensor has ended", source=source.name, plugin=source.plugin)
        return 0

    status = asyncio.new_event_loop().run_until_complete(main())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _be_quiet() -> None:
    """What plugins say of each request may hold secrets of its URL; that some forget to await a put does no harm."""
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message="coroutine 'EventQueue._room' was never awaited")


def _forget_secrets() -> None:
    """Plugins have no use for what lets one into our stores and chats."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]


def _source(shelf: Shelf, ruleset: str, number: str) -> EventSource:
    for name, at, source in _sources(shelf):
        if (name, str(at)) == (ruleset, number):
            return source
    raise Misconfigured(f"The ruleset {ruleset[:100]!r} has no source {number[:20]}.", "Sources count from 0.")


def _filled(source: EventSource, policy: PolicyFile) -> tuple[EventSource, tuple[str, ...]]:
    """The source with the values of variables as data, and those of them that came from the environment."""
    if not has_template(source.arguments) and not has_template(list(source.filters)):
        return source, ()
    variables = policy.policy().vars
    hidden_ones = env_vars(variables, secret)
    scope = {"vars": {**plain_vars(variables), **hidden_ones}}
    try:
        arguments = fill(source.arguments, scope)
        filters = tuple((name, fill(given, scope)) for name, given in source.filters)
    except Unfilled as error:
        what = f"An argument of the source {source.name} cannot be filled in: {error}"
        remedy = "Write it below vars in signalbox.yml, and set the environment variable that it names."
        raise Misconfigured(what, remedy) from None
    return replace(source, arguments=arguments, filters=filters), tuple(hidden_ones.values())
