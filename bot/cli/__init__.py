"""The command line: one module a subcommand, each with `add(parsers)` and a function that returns the exit status."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from bot import __version__
from bot.errors import SignalboxError

COULD_NOT = 2
SUBCOMMANDS = ("chat", "up", "serve", "worker", "relay", "doctor", "lint", "export")


def parser(names: Sequence[str] = SUBCOMMANDS) -> argparse.ArgumentParser:
    """The command line, with the subcommands of those names; each is imported here, not before."""
    top = argparse.ArgumentParser(prog="python -m bot", description="The control room for a team's Ansible playbooks.")
    top.add_argument("--version", action="version", version=f"Signalbox {__version__}")
    commands = top.add_subparsers(dest="subcommand", required=True, metavar="COMMAND")
    for name in names:
        import_module(f"bot.cli.{name}").add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; what goes wrong is one sentence on standard error, never a stack trace."""
    said = sys.argv[1:] if arguments is None else arguments
    given = parser(said[:1] if said and said[0] in SUBCOMMANDS else SUBCOMMANDS).parse_args(said)
    try:
        status: int = given.run(given)
    except SignalboxError as error:
        from bot.entrypoints.terminal.voice import refusal_lines

        print("\n".join(refusal_lines(error)), file=sys.stderr)
        return COULD_NOT
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return status
