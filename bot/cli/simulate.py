"""`python -m bot simulate`: what would become of a command, without Redis, without a word to any host."""

import argparse
import json
from typing import Any

from bot import log
from bot.app import App
from bot.cli.who import anybody, login_name
from bot.entrypoints.terminal.voice import PlainVoice
from bot.flows.explained import explanation_json, explanation_reply
from bot.model.decision import Verdict
from bot.model.people import Conversation, Origin
from bot.model.reply import Reply, Text
from bot.model.request import Request
from bot.model.simulation import Simulation
from bot.settings import load

STATUS = {Verdict.ALLOW: 0, Verdict.ASK: 1, Verdict.DENY: 2}


def add(parsers: Any) -> None:
    """Join the command line."""
    parser = parsers.add_parser("simulate", help="say what would become of a command; nothing is done")
    parser.add_argument("command", metavar="COMMAND", help='what somebody would say, such as "run ping in prod"')
    parser.add_argument("--as", dest="name", metavar="NAME", help="who: anna, U1, slack:U1, rule:NAME")
    parser.add_argument("--group", action="append", default=[], metavar="ID", help="a user group that they are in")
    parser.add_argument("--channel", metavar="NAME", default="terminal", help="where (default: terminal)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """0 when it would run, 1 when something would be asked first, 2 when it would be refused."""
    settings = load()
    log.set_up("ERROR")
    actor = anybody(login_name() if given.name is None else given.name)
    request = Request(
        text=given.command,
        actor=actor,
        conversation=Conversation(transport=actor.transport, channel=given.channel),
        origin=Origin.ALERT if actor.transport == "rule" else Origin.CLI,
        groups=tuple(given.group),
    )
    simulated = App(settings).simulate.handle(request)
    if given.json:
        print(json.dumps(_json(simulated), ensure_ascii=True))
    else:
        PlainVoice().reply(_reply(simulated))
    return STATUS[simulated.verdict]


def _reply(simulated: Simulation) -> Reply:
    if simulated.explanation is None:
        return Reply(parts=(Text(text=simulated.text),))
    return explanation_reply(simulated.explanation)


def _json(simulated: Simulation) -> dict[str, Any]:
    explained = {} if simulated.explanation is None else explanation_json(simulated.explanation)
    return {"type": "simulation", "verdict": simulated.verdict.value, "text": simulated.text, **explained}
