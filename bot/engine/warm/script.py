"""A program that an installer wrote enters; the interpreter that it would start leaves."""

import re
from pathlib import Path

from bot.engine.warm.cold import Cold, Unfit

_MOST_BYTES = 8_192
_PLAIN = re.compile(rb"#!\s*(/[^\s]+)\s*\n")
_LONG = re.compile(rb"#!/bin/sh\n'''exec' \"?(/[^\"$]+?)\"? \"\$0\" \"\$@\"\n' '''\n")
"""As installers write it when the path is too long for the kernel, or has a blank in it."""

_STARTS = b"from ansible.cli.playbook import main"


def interpreter(binary: Path) -> Path:
    """Of ansible-playbook, as its first line names it; Unfit when it is written in another way, or starts another."""
    with binary.open("rb") as file:
        text = file.read(_MOST_BYTES)
    if not (found := _LONG.match(text) or _PLAIN.match(text)):
        raise Unfit(Cold.INTERPRETER)
    if _STARTS not in text:
        raise Unfit(Cold.ANSIBLE)
    return Path(found[1].decode(errors="surrogateescape"))
