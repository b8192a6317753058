"""What became of the latest runs of a home enters, from workers; what `doctor` says of the warm engine leaves.

It is told by a small file beside the sockets, because who asks has neither the worker's environment nor its runs.
"""

import contextlib
import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from bot.engine.warm import look
from bot.engine.warm.cold import Cold

SERVERS = "warm"
LATEST = "latest.json"

ASK = "SIGNALBOX_ASK=runs"
"""The variable that asks a server how many runs it has carried out, instead of carrying one out."""

NOBODY = "not known, no worker has been in this home"

_PATIENCE = 1.0
_REFUSALS = frozenset({Cold.CONFIGURATION, Cold.ANSIBLE, Cold.INTERPRETER})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Latest:
    """The socket that runs are meant for (its name; empty where there can be none), and why the latest was cold."""

    server: str
    reason: Cold | None
    at: float = 0.0


def expect(home: Path, server: Path | None, reason: Cold | None = None) -> None:
    """Runs are meant for `server` from now on; where that is nothing new, what became of the latest stands."""
    name = server.name if server else ""
    latest = _latest(home)
    if latest is None or latest.server != name or (reason and latest.reason is not reason):
        _write(home, name, reason)


def remember(home: Path, server: Path | None, reason: Cold | None) -> None:
    """A run was meant for `server`, which carried it out, or did not, for a reason."""
    if reason or (latest := _latest(home)) is None or latest.reason:
        _write(home, server.name if server else "", reason)


def told(home: Path) -> str:
    """One sentence: how runs start Ansible now, and if anew, why."""
    if (latest := _latest(home)) is None:
        return NOBODY
    address = home / SERVERS / latest.server
    if not latest.server:
        return _cold(latest.reason or Cold.GONE)
    try:
        runs = asked(address)
        if latest.reason in _REFUSALS and address.stat().st_mtime < latest.at:
            return _cold(latest.reason)
    except OSError as error:
        return _cold(Cold(look.why(error, str(address))))
    return f"loaded, {runs} runs so far"


def _cold(reason: Cold) -> str:
    return f"not loaded, a run starts Ansible anew: {reason.sentence}"


def failure(address: Path) -> str:
    """What the server at that address said when it failed its self-test; empty when it did not."""
    with contextlib.suppress(OSError):
        return " ".join(address.with_suffix(look.FAILED).read_text(encoding="utf-8").split())
    return ""


def asked(address: Path) -> int:
    """How many runs the server at that address has carried out; OSError when it does not answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(_PATIENCE)
        folder = os.open(address.parent, os.O_PATH | os.O_DIRECTORY)
        try:
            line.connect(f"/proc/self/fd/{folder}/{address.name}")
        finally:
            os.close(folder)
        text = b"/\0" + b"0\0\0" + b"0\0" + ASK.encode()
        socket.send_fds(line, [len(text).to_bytes(4, "big") + text], [0, 1, 2])
        answer = line.recv(100)
    if not answer.isdigit():
        raise OSError("The server left.")
    return int(answer)


def _latest(home: Path) -> _Latest | None:
    path = home / SERVERS / LATEST
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(path.read_text(encoding="utf-8"))
        reason = Cold(kept["reason"]) if kept["reason"] else None
        return _Latest(server=Path(kept["server"]).name, reason=reason, at=path.stat().st_mtime)
    return None


def _write(home: Path, server: str, reason: Cold | None) -> None:
    """In one step, as several workers may write; nothing depends on it."""
    path = home / SERVERS / LATEST
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(f"{LATEST}.{os.getpid()}")
        fresh.write_text(json.dumps({"server": server, "reason": reason or ""}), encoding="utf-8")
        fresh.replace(path)
