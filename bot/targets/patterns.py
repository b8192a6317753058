"""Limits as people write them: text in, nothing out, or BadTarget when it must not even be tried."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable

from bot.errors import BadTarget
from bot.targets.text import shown

LONGEST = 4_000
_SECONDS = 2.0
_REMEDY = "Write hosts, groups or patterns, such as web, web1,web2, web:!web3 or all."
# A process of its own: a regular expression that never ends holds the interpreter, and nothing in it can stop that.
_TRIAL = """
import json, re, sys
patterns, names = json.load(sys.stdin)
for number, pattern in enumerate(patterns):
    try:
        compiled = re.compile(pattern)
    except Exception:
        sys.exit(10 + number)
    for name in names:
        compiled.match(name)
"""


def check_text(limit: str) -> None:
    """Refuse what no pattern may be: empty, too long, with control characters, or a file's name after `@`."""
    if not limit.strip():
        raise BadTarget("The limit is empty.", _REMEDY)
    if len(limit) > LONGEST:
        raise BadTarget(f"The limit is longer than {LONGEST} characters.", "Name a group, or use a pattern.")
    if not limit.isprintable():
        raise BadTarget("The limit holds characters that cannot be printed.", _REMEDY)
    if any(part.lstrip("!&~").startswith("@") for part in re.split(r"[,:\s]+", limit)):
        raise BadTarget("A limit cannot name a file (@).", _REMEDY)


def check_parts(limit: str, parts: Iterable[str]) -> None:
    """Refuse parts that Ansible would pass over in silence or choke on, and text that it would drop."""
    parts = list(parts)
    for part in parts:
        body = body_of(part)
        if not body or body[0] in "!&" or body == "~":
            raise BadTarget(f"{shown(part)} names nothing.", _REMEDY)
    if _letters("".join(parts)) != _letters(limit) or not parts:
        raise BadTarget(f"The limit {shown(limit)} cannot be understood.", "See that its brackets are closed.")


def body_of(part: str) -> str:
    """`part` without the sign that intersects or excludes."""
    return part[1:] if part[:1] in ("!", "&") else part


def _letters(text: str) -> str:
    return re.sub(r"[\s,:]", "", text)


def try_expressions(parts: Iterable[str], names: Iterable[str]) -> None:
    """Refuse regular expressions (`~...`) that are none, or that take too long on the names they will be tried on."""
    written = [body_of(part)[1:] for part in parts if body_of(part).startswith("~")]
    if not written:
        return
    try:
        done = subprocess.run(  # noqa: S603 (a fixed argv; the expressions go in by standard input)
            [sys.executable, "-I", "-S", "-c", _TRIAL],
            input=json.dumps([written, list(names)]).encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BadTarget("The regular expression takes too long.", "Leave out repetitions inside repetitions.") from None
    if done.returncode:
        wrong = written[done.returncode - 10] if 0 <= done.returncode - 10 < len(written) else written[0]
        raise BadTarget(f"~{shown(wrong)} is no regular expression.", "Commas and colons separate patterns, also here.")
