"""`python -m bot simulate`: what would become of a command or an alert, without Redis, without a word to any host."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bot import log
from bot.app import App
from bot.cli.who import anybody, login_name
from bot.entrypoints.terminal.voice import PlainVoice
from bot.errors import Misconfigured
from bot.flows.explained import explanation_json, explanation_reply
from bot.model.alert import Alert, Severity
from bot.model.decision import Verdict
from bot.model.people import AUTOMATIC, Conversation, Origin
from bot.model.reply import Reply, Text
from bot.model.request import Request
from bot.model.simulation import Simulation
from bot.settings import load

STATUS = {Verdict.ALLOW: 0, Verdict.ASK: 1, Verdict.DENY: 2}
LONGEST = 2 * 1024 * 1024


def add(parsers: Any) -> None:
    """Join the command line."""
    parser = parsers.add_parser("simulate", help="say what would become of a command or an alert; nothing is done")
    parser.add_argument("command", metavar="COMMAND", nargs="?", help='what somebody would say: "run ping in prod"')
    parser.add_argument("--as", dest="name", metavar="NAME", help="who: anna, U1, slack:U1, rule:NAME, schedule:NAME")
    parser.add_argument("--group", action="append", default=[], metavar="ID", help="a user group that they are in")
    parser.add_argument("--channel", metavar="NAME", default="terminal", help="where (default: terminal)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    alert = parser.add_argument_group("instead of a command, an alert")
    alert.add_argument("--alert", metavar="FILE", help="a payload as a sender sends it; - is standard input")
    alert.add_argument("--source", metavar="NAME", default="", help="whose payload it is; else known by its shape")
    alert.add_argument("--service", metavar="TEXT", default="", help="an alert about a service")
    alert.add_argument("--symptom", metavar="TEXT", default="", help="what is wrong")
    alert.add_argument("--on", dest="host", metavar="HOST", default="", help="the host that it names")
    alert.add_argument("--severity", choices=[each.value for each in Severity], default="", help="how bad it is")
    alert.add_argument("--label", action="append", default=[], metavar="NAME=VALUE", help="one of its labels")
    alert.add_argument("--resolved", action="store_true", help="it is over")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """0 when it would run, 1 when people would be asked first, 2 when it would be refused."""
    settings = load()
    log.set_up("ERROR")
    actor = anybody(login_name() if given.name is None else given.name)
    request = Request(
        text=given.command or "",
        actor=actor,
        conversation=Conversation(transport=actor.transport, channel=given.channel),
        origin=AUTOMATIC.get(actor.transport, Origin.CLI),
        groups=tuple(given.group),
    )
    app = App(settings)
    if bool(given.command) is _is_about_alert(given):
        raise Misconfigured("Simulate either a command or an alert.", 'Such as --service payments --symptom "5xx".')
    return _command(given, app, request) if given.command else _alerts(given, app, request)


def _command(given: argparse.Namespace, app: App, request: Request) -> int:
    simulated = app.forecast.simulate.handle(request)
    _say(given, _json(simulated), _reply(simulated))
    return STATUS[simulated.verdict]


def _alerts(given: argparse.Namespace, app: App, request: Request) -> int:
    from bot.flows.forecast_text import forecast_json, forecast_reply

    forecast = app.forecast.foretell.handle(_given_alerts(given, app), request)
    _say(given, forecast_json(forecast), forecast_reply(forecast))
    return STATUS[forecast.verdict]


def _say(given: argparse.Namespace, plain: dict[str, Any], reply: Reply) -> None:
    if given.json:
        print(json.dumps(plain, ensure_ascii=True))
    else:
        PlainVoice().reply(reply)


def _is_about_alert(given: argparse.Namespace) -> bool:
    return bool(given.alert or given.service or given.symptom)


def _given_alerts(given: argparse.Namespace, app: App) -> tuple[Alert, ...]:
    from bot.flows.made_up import from_payload, from_words

    if given.alert:
        return from_payload(_body(given.alert), given.source, app.policy.policy().alerts)
    labels = dict(each.partition("=")[::2] for each in given.label)
    words = {name: getattr(given, name) for name in ("service", "symptom", "host", "severity", "resolved")}
    return (from_words(**words, labels=labels),)


def _body(path: str) -> bytes:
    try:
        if path == "-":
            return sys.stdin.buffer.read(LONGEST)
        with Path(path).open("rb") as opened:
            return opened.read(LONGEST)
    except OSError as error:
        raise Misconfigured(f"The payload cannot be read: {error.strerror}.", "Name a file, or - .") from None


def _reply(simulated: Simulation) -> Reply:
    if simulated.explanation is None:
        return Reply(parts=(Text(text=simulated.text),))
    return explanation_reply(simulated.explanation)


def _json(simulated: Simulation) -> dict[str, Any]:
    explained = {} if simulated.explanation is None else explanation_json(simulated.explanation)
    return {"type": "simulation", "verdict": simulated.verdict.value, "text": simulated.text, **explained}
