"""A fleet by hand: up, status or down goes in, hosts to play with and the ways to reach them come out."""

import argparse
import sys

from . import cgroups, keys, registry
from . import plan as plans
from .fleet import Fleet
from .shell import FleetError, require_machine

NAME = "hand"


def main() -> int:
    """Do what the command line says; 0 when it worked, 1 with a sentence on standard error when it did not."""
    arguments = _parser().parse_args()
    try:
        require_machine()
        if arguments.action == "up":
            _up(arguments.hosts)
        elif arguments.action == "status":
            _status()
        else:
            registry.take_down(NAME)
    except FleetError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fleet", description="Real hosts to play with.")
    parser.add_argument("action", choices=["up", "status", "down"])
    parser.add_argument("--hosts", type=int, default=3, metavar="N", help="how many hosts `up` makes (default 3)")
    return parser


def _up(count: int) -> None:
    fleet = Fleet({f"web{number}": ["web"] for number in range(1, count + 1)}, name=NAME, keep=True)
    fleet.up()
    inventory = fleet.inventory_dir(fleet.folder / "inventory")
    for host, address in fleet.addresses.items():
        print(f"{host} {address}")
    print(f"ssh -F {keys.ssh_config(fleet.folder)} web1")
    print(f"ansible-playbook -i {inventory} ...")


def _status() -> None:
    for name in registry.fleets():
        print(name)
        for line in _states(name):
            print(f"  {line}")


def _states(name: str) -> list[str]:
    plan = plans.load(registry.folder(name))
    if plan is None:
        return ["being made"]
    return [f"{host} {address} {_state(name, host)}" for host, address in plan.addresses.items()]


def _state(name: str, host: str) -> str:
    return "up" if cgroups.pids(f"{name}/{host}") else "down"


if __name__ == "__main__":
    sys.exit(main())
