"""`python -m bot promote`: lets a runbook run in one more environment; needs the project and SQL, no Redis."""

import argparse
from typing import Any

from bot import log
from bot.app import App
from bot.cli.who import login_name
from bot.commands import to_text
from bot.entrypoints.terminal.speaker import conversation
from bot.entrypoints.terminal.voice import PlainVoice
from bot.model.command import AskPromote
from bot.model.people import Actor, Origin
from bot.model.reply import Reply
from bot.model.request import Request
from bot.settings import load


def add(parsers: Any) -> None:
    """Join the command line."""
    parser = parsers.add_parser("promote", help="let a runbook run in one more environment, as it is now")
    parser.add_argument("--action", required=True, metavar="RUNBOOK", help="which runbook")
    parser.add_argument("--env", required=True, metavar="NAME", help="to which environment")
    evidence = parser.add_mutually_exclusive_group(required=True)
    evidence.add_argument("--evidence-url", metavar="URL", default="", help="where it is told why, https only")
    evidence.add_argument("--evidence-run", metavar="N", type=int, help="a successful run of the same elsewhere")
    parser.add_argument("--as", dest="name", metavar="NAME", help="who speaks (default: the login name)")
    parser.add_argument("--channel", metavar="NAME", default="terminal", help="where (default: terminal)")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """0 when it is promoted; a refusal ends the process with 2, as everywhere.

    It is said as it would be said in chat, so that there is one parser, one permission and one row in the audit.
    """
    settings = load()
    log.set_up("ERROR")
    ask = AskPromote(runbook=given.action, environment=given.env, run_id=given.evidence_run, url=given.evidence_url)
    request = Request(
        text=to_text(ask),
        actor=Actor(transport="terminal", name=login_name() if given.name is None else given.name),
        conversation=conversation(given.channel),
        origin=Origin.CLI,
    )
    answer = App(settings).converse.handle(request)
    if isinstance(answer, Reply):
        PlainVoice().reply(answer)
    return 0
