"""The command line: one module a subcommand, each with `add(parsers)` and a function that returns the exit status."""

import argparse
import sys
from collections.abc import Sequence

from bot import __version__
from bot.cli import chat, doctor, relay, serve, simulate, up, worker
from bot.entrypoints.terminal.voice import refusal_lines
from bot.errors import SignalboxError

COULD_NOT = 2


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(prog="python -m bot", description="The control room for a team's Ansible playbooks.")
    top.add_argument("--version", action="version", version=f"Signalbox {__version__}")
    commands = top.add_subparsers(dest="subcommand", required=True, metavar="COMMAND")
    for module in (chat, up, serve, worker, relay, simulate, doctor):
        module.add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; what goes wrong is one sentence on standard error, never a stack trace."""
    given = parser().parse_args(arguments)
    try:
        status: int = given.run(given)
    except SignalboxError as error:
        print("\n".join(refusal_lines(error)), file=sys.stderr)
        return COULD_NOT
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return status
