"""`python -m bot fleet`: hosts to try things on, without virtual machines; broken on purpose and healed."""

import argparse
import json
import signal
from dataclasses import asdict
from typing import Any

from bot.errors import SignalboxError
from bot.fleet.faults import KINDS
from bot.fleet.keeper import Keeper, Tell, keeper
from bot.fleet.state import HostState
from bot.settings import load

FAILED = 1


def add(parsers: Any) -> None:
    """Join the command line."""
    parser = parsers.add_parser("fleet", help="make, break and remove Linux hosts on this machine, to try things on")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, as things happen")
    parser.add_argument("--local", action="store_true", help="names for this machine instead of hosts of their own")
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    up = deeds.add_parser("up", help="start hosts: so many, or by name; without either all, or the usual four")
    up.add_argument("hosts", nargs="*", metavar="N|HOST")
    deeds.add_parser("status", help="every host and how it is")
    for name, text in (("halt", "stop hosts, keep their disks"), ("down", "stop hosts and remove their disks")):
        deeds.add_parser(name, help=text).add_argument("hosts", nargs="*", metavar="HOST", help="without any: all")
    hurt = deeds.add_parser("break", help="do something to a host until it is healed")
    hurt.add_argument("host", metavar="HOST")
    hurt.add_argument("kind", choices=sorted(KINDS))
    hurt.add_argument("--rate", default="", help="of a slow link, as tc writes it: 64kbit, 1mbit")
    hurt.add_argument("--path", default="", help="the folder whose disk is full: /srv")
    deeds.add_parser("heal", help="undo whatever was done to a host").add_argument("host", metavar="HOST")
    snapshot = deeds.add_parser("snapshot", help="save the disks of hosts, or bring them back")
    ways = snapshot.add_subparsers(dest="way", required=True, metavar="WAY")
    for name, text in (("save", "save disks"), ("restore", "bring disks back"), ("delete", "remove what was saved")):
        ways.add_parser(name, help=text).add_argument("name", metavar="NAME")
    for name in ("save", "restore"):
        ways.choices[name].add_argument("hosts", nargs="*", metavar="HOST", help="without any: all")
    ways.add_parser("list", help="every snapshot and the hosts in it")
    for deed in (*deeds.choices.values(), *ways.choices.values()):  # said before or after the deed
        deed.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """0, or 1 when it did not work: with --json the last line is then {"error": "sentence"}."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # asked to end, it takes back what it had begun
    try:
        _do(given, keeper(load().home_dir, logical=given.local), _as_json if given.json else _as_text)
    except SignalboxError as error:
        if not given.json:
            raise
        print(json.dumps({"error": str(error)}), flush=True)
        return FAILED
    return 0


def _do(given: argparse.Namespace, fleet: Keeper, tell: Tell) -> None:
    if given.deed == "up":
        fleet.up(given.hosts, tell)
    elif given.deed == "status":
        _status(fleet, tell, quiet=given.json)
    elif given.deed == "halt":
        fleet.halt(given.hosts, tell)
    elif given.deed == "down":
        fleet.down(given.hosts, tell)
    elif given.deed == "break":
        fleet.hurt(given.host, given.kind, given.rate if given.kind == "slow" else given.path, tell)
    elif given.deed == "heal":
        fleet.heal(given.host, tell)
    else:
        _snapshot(given, fleet, tell)


def _snapshot(given: argparse.Namespace, fleet: Keeper, tell: Tell) -> None:
    if given.way == "save":
        fleet.save(given.name, tell, given.hosts)
    elif given.way == "restore":
        fleet.restore(given.name, tell, given.hosts)
    elif given.way == "delete":
        fleet.discard(given.name)
    else:
        for name, hosts in fleet.snapshots().items():
            line = json.dumps({"snapshot": name, "hosts": hosts}) if given.json else f"{name:<12} {', '.join(hosts)}"
            print(line, flush=True)


def _status(fleet: Keeper, tell: Tell, *, quiet: bool) -> None:
    hosts = fleet.status()
    for host in hosts:
        tell(host)
    if not hosts and not quiet:
        print("The fleet is down; `python -m bot fleet up` starts it.")


def _as_json(host: HostState) -> None:
    print(json.dumps(asdict(host)), flush=True)


def _as_text(host: HostState) -> None:
    print(f"{host.host:<12} {host.state:<9} {host.message}", flush=True)
