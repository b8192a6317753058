"""The command line: one module a subcommand, each with `add(parsers)` and a function that returns the exit status."""

import argparse
import errno
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module

from bot import __version__
from bot.errors import SignalboxError, Unavailable

COULD_NOT = 2
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
SUBCOMMANDS = (
    "chat",
    "up",
    "serve",
    "worker",
    "relay",
    "sense",
    "doctor",
    "lint",
    "simulate",
    "promote",
    "export",
    "fleet",
)


def parser(subcommands: Iterable[str] = SUBCOMMANDS) -> argparse.ArgumentParser:
    """The command line, whole, or of some subcommands: only their modules are imported, for that takes its time."""
    top = argparse.ArgumentParser(prog="python -m bot", description="The control room for a team's Ansible playbooks.")
    top.add_argument("--version", action="version", version=f"Signalbox {__version__}")
    commands = top.add_subparsers(dest="subcommand", required=True, metavar="COMMAND")
    for name in subcommands:
        import_module(f"bot.cli.{name}").add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; what goes wrong is one sentence on standard error, never a stack trace."""
    arguments = sys.argv[1:] if arguments is None else arguments
    wanted = [name for name in arguments[:1] if name in SUBCOMMANDS]
    given = parser(wanted or SUBCOMMANDS).parse_args(arguments)
    return told(lambda: given.run(given))


def told(run: Callable[[], int]) -> int:
    """Its exit status; what goes wrong is said."""
    try:
        status = run()
    except SignalboxError as error:
        return _refuse(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        where = f" ({error.filename})" if error.filename else ""
        return _refuse(Unavailable(f"The disk refuses: {error.strerror}{where}.", "`doctor` tells more."))
    return status


def _refuse(error: SignalboxError) -> int:
    from bot.entrypoints.terminal.refusal import refusal_lines

    print("\n".join(refusal_lines(error)), file=sys.stderr)
    return COULD_NOT
