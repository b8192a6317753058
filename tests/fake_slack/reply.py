"""What goes over the wire: a request as it came, a reply as it goes, and how a fault changes one into another."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.fake_slack.faults import Fault


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request: path without the query, headers by lower-case name."""

    verb: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """One answer; `drop` closes the connection instead, `delay` seconds pass before."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    delay: float = 0.0


def json_reply(body: dict[str, Any], status: int = 200, **headers: str) -> Reply:
    """An answer in JSON; underscores in header names become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(
        status=status,
        body=json.dumps(body).encode(),
        headers={"Content-Type": "application/json; charset=utf-8", **named},
    )


def text_reply(text: str, status: int = 200, kind: str = "text/plain") -> Reply:
    """An answer in plain text or HTML."""
    return Reply(status=status, body=text.encode(), headers={"Content-Type": f"{kind}; charset=utf-8"})


def too_many(seconds: int) -> Reply:
    """429, with the time to wait."""
    return json_reply({"ok": False, "error": "ratelimited"}, 429, Retry_After=str(seconds))


def struck(fault: Fault | None, do: Callable[[], Reply]) -> Reply:
    """What is answered when this fault meets the work that `do` is."""
    if fault is None:
        return do()
    if fault.kind == "slow_before":
        time.sleep(fault.delay)
        return do()
    instead = _instead(fault)
    if instead is not None:
        return instead
    reply = do()
    if fault.kind == "slow":
        return replace(reply, delay=fault.delay)
    return replace(reply, drop=True) if fault.kind == "drop_after_accept" else _broken(fault)


def _instead(fault: Fault) -> Reply | None:
    """The answer of a fault that lets nothing be done."""
    if fault.kind == "429":
        return too_many(fault.retry_after)
    if fault.kind in ("ratelimited", "error"):
        return json_reply({"ok": False, "error": fault.error if fault.kind == "error" else "ratelimited"})
    return {"5xx": _broken(fault), "drop_before": Reply(drop=True)}.get(fault.kind)


def _broken(fault: Fault) -> Reply:
    return text_reply("<html><body>Server Error</body></html>", fault.status, "text/html")
