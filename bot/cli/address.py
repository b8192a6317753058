"""Where to listen: arguments and settings enter, host and port leave."""

import argparse
from collections.abc import Callable

from bot.settings import Settings


def add_address(parser: argparse.ArgumentParser) -> None:
    """`--host` and `--port`, for serve and up."""
    parser.add_argument("--host", help="address to listen on (also HOST; default: loopback)")
    parser.add_argument("--port", type=whole(0, 65535), help="port to listen on (also PORT; default: 8080)")


def whole(least: int, most: int) -> Callable[[str], int]:
    """An argument's type: a whole number within bounds."""

    def read(text: str) -> int:
        if not (text.isdecimal() and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"{text[:40]!r} is no whole number from {least} to {most}")
        return int(text)

    return read


def address(given: argparse.Namespace, settings: Settings) -> tuple[str, int]:
    """What the command line says, else what the settings say."""
    host = settings.host if given.host is None else given.host
    port = settings.port if given.port is None else given.port
    return host, port
