"""`python -m bot export`: the audit as CSV or JSON lines, whether its chain of hashes holds, and single incidents."""

import argparse
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from bot import log
from bot.app import App
from bot.cli.address import whole
from bot.commands.numbers import LAST_ID
from bot.errors import Misconfigured
from bot.flows.export import FORMATS, Export
from bot.flows.export_incident import FORMATS as STORIES
from bot.flows.export_incident import ExportIncident
from bot.settings import load

BROKEN = 1
_AGO = re.compile(r"(\d{1,6})([mhdw])", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def add(parsers: Any) -> None:
    """Join the command line."""
    help_ = "write the audit or an incident to standard output, or verify the audit's chain"
    parser = parsers.add_parser("export", help=help_)
    parser.add_argument("--since", type=moment, metavar="TIME", help="a date or time (ISO 8601), or an age: 7d")
    parser.add_argument("--incident", type=whole(1, LAST_ID), metavar="N", help="the story of this incident instead")
    how = "how rows are written (csv, jsonl), or an incident (md, json)"
    parser.add_argument("--format", choices=(*sorted(FORMATS), *STORIES), help=how)
    verify = "check the chain of hashes; exits 1 when it is broken. Without --since nothing is written"
    parser.add_argument("--verify", action="store_true", help=verify)
    parser.set_defaults(run=run)


def moment(text: str) -> datetime:
    """An argument's type: a moment in UTC, written as such or as an age."""
    if ago := _AGO.fullmatch(text):
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no date, no time and no age such as 7d") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def run(given: argparse.Namespace) -> int:
    """0, or 1 for a chain that is broken."""
    log.set_up("ERROR")
    kinds = FORMATS if given.incident is None else STORIES
    kind = given.format or next(iter(kinds), "")
    if kind not in kinds:
        raise Misconfigured(f"{kind} is no format for this.", f"Write --format {' or '.join(kinds)}.")
    ledger = App(load()).ledger
    if given.incident is not None:
        print(ExportIncident(incidents=ledger.incidents(), ledger=ledger).handle(given.incident, kind))
        return 0
    export = Export(ledger=ledger)
    if given.since is not None or not given.verify:
        for line in export.handle(given.since, kind):
            print(line)
    return _verify(export) if given.verify else 0


def _verify(export: Export) -> int:
    verdict, chain = export.check(), export.ledger.audit_chain()
    if verdict.broken is not None:
        print(f"The audit is broken at row {verdict.broken}: {verdict.why}", file=sys.stderr)
        return BROKEN
    since = f"after row {chain.anchor_id}, which retention took out" if chain.anchor_id else "from the first row"
    print(f"{verdict.rows} rows hold, {since}. Row {chain.head_id} has the hash {chain.head_hash}.", file=sys.stderr)
    return 0
