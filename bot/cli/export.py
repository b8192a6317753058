"""`python -m bot export`: the audit as CSV or JSON lines, and whether its chain of hashes holds."""

import argparse
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from bot import log
from bot.app import App
from bot.flows.export import FORMATS, Export
from bot.settings import load

BROKEN = 1
_AGO = re.compile(r"(\d{1,6})([mhdw])", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def add(parsers: Any) -> None:
    """Join the command line."""
    parser = parsers.add_parser("export", help="write the audit to standard output, or verify its chain")
    parser.add_argument("--since", type=moment, metavar="TIME", help="a date or time (ISO 8601), or an age: 7d")
    parser.add_argument("--format", choices=sorted(FORMATS), default="jsonl", help="how rows are written")
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
    export = Export(ledger=App(load()).ledger)
    if given.since is not None or not given.verify:
        for line in export.handle(given.since, given.format):
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
