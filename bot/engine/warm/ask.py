"""A line from a shim enters; what it asks for leaves: arguments, environment, and the files it was called with."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

MAX_BYTES = 8_000_000
_FILES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A call of ansible-playbook; `files` are its standard input, output and error, `deaf` the signals it ignores."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str
    umask: int
    deaf: tuple[int, ...]
    files: tuple[int, ...]


def read(line: socket.socket) -> Ask:
    """The next ask on the line; ValueError when it is none. Whoever reads it owns its files."""
    first, files, _flags, _address = socket.recv_fds(line, 65_536, _FILES)
    if len(files) != _FILES:
        _close(files)
        raise ValueError("It came without its files.")
    try:
        folder, umask, deaf, count, *texts = os.fsdecode(_whole(line, first)).split("\0")
        argv, variables = texts[: int(count)], texts[int(count) :]
        return Ask(
            argv=tuple(argv),
            environment=dict(_variable(one) for one in variables),
            folder=folder,
            umask=int(umask),
            deaf=tuple(int(number) for number in deaf.split(",") if number),
            files=tuple(files),
        )
    except (ValueError, OSError):
        _close(files)
        raise


def _whole(line: socket.socket, received: bytes) -> bytes:
    size = int.from_bytes(received[:4], "big")
    if not len(received) >= 4 or size > MAX_BYTES:  # noqa: PLR2004 (its length)
        raise ValueError("It is too long.")
    while len(received) < 4 + size:
        if not (more := line.recv(65_536)):
            raise ValueError("It came to no end.")
        received += more
    return received[4:]


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ValueError("A variable has no name.")
    return name, value


def _close(files: list[int]) -> None:
    for file in files:
        os.close(file)
