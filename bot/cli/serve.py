"""`python -m bot serve`: the HTTP door, by gunicorn; with an app token Slack's Socket Mode too."""

import argparse
import signal
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from bot import log
from bot.app import App
from bot.cli.address import add_address, address
from bot.cli.home import ready
from bot.entrypoints.alert_http import alert_pages
from bot.entrypoints.http import web
from bot.entrypoints.metrics_page import metrics_page
from bot.settings import Settings, load
from bot.tied import die_with_parent


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured here and nowhere else."""

    def __init__(self, make: Callable[[], Flask], bind: str) -> None:
        self._make = make
        self._bind = bind
        super().__init__()

    def load_config(self) -> None:
        chosen = {
            "bind": self._bind,
            "workers": 1,  # its threads share the caches of catalog and inventories
            "threads": 8,
            "control_socket_disable": True,  # it would lie in the user's home
        }
        for key, value in chosen.items():
            self.cfg.set(key, value)

    def load(self) -> Flask:
        return self._make()  # in the process that serves: what is made here has threads


def add(parsers: Any) -> None:
    """Join the command line."""
    parser = parsers.add_parser("serve", help="answer HTTP (health, alerts, Slack), and hold Slack's Socket Mode")
    add_address(parser)
    parser.add_argument("--tied", action="store_true", help="end when the process that started this one ends")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Serve until SIGTERM."""
    if given.tied:
        die_with_parent(signal.SIGTERM)
    settings = load()
    log.set_up(settings.log_level)
    ready(settings)
    host, port = address(given, settings)
    _Server(lambda: _web(settings), f"{host}:{port}").run()
    return 0


def _web(settings: Settings) -> Flask:
    """The web application, and in the same process the threads that deal with what Slack sends."""
    app = App(settings)
    pages = metrics_page(app.measure.handle), alert_pages(lambda: app.alerts.take)
    slack = app.slack
    if slack is None:
        return web(app.health.services, *pages)
    from bot.entrypoints.slack_http import slack_pages  # with Slack's libraries

    slack.listen(threading.Event())
    secret = settings.slack_signing_secret.get_secret_value()
    return web(app.health.services, *pages, slack_pages(lambda: slack.door, secret))
