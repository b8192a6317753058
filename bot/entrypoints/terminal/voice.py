"""How a session without a screen sounds: answers, events, recaps enter; plain lines, or a JSON object a line, leave."""

import json
import sys
from collections.abc import Iterable
from typing import Any, Protocol, TextIO

from bot.chat.terminal import event_json, event_lines, header_lines, recap_lines, reply_json, reply_lines, waiting_lines
from bot.chat.text import clean
from bot.entrypoints.terminal.refusal import refusal_lines
from bot.errors import SignalboxError
from bot.model.codec import to_plain
from bot.model.event import RunEvent
from bot.model.reply import Reply
from bot.model.view import RunCard
from bot.model.words import duration


class Voice(Protocol):
    """What can be told."""

    def reply(self, reply: Reply) -> None:
        """An answer."""

    def refusal(self, error: SignalboxError) -> None:
        """Nothing was done, and why."""

    def accepted(self, card: RunCard) -> None:
        """A run was queued, on these hosts."""

    def waits(self, card: RunCard) -> None:
        """A run waits for people."""

    def event(self, event: RunEvent) -> None:
        """Something happened in it."""

    def note(self, text: str) -> None:
        """Nothing happened for a while, and why."""

    def recap(self, card: RunCard) -> None:
        """It is over."""


class PlainVoice:
    """Lines for people and pipes."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout

    def reply(self, reply: Reply) -> None:
        """Aligned text."""
        self._lines(reply_lines(reply))

    def refusal(self, error: SignalboxError) -> None:
        """What was wrong, and what would be right."""
        self._lines(refusal_lines(error))

    def accepted(self, card: RunCard) -> None:
        """The header, with the hosts."""
        self._lines(header_lines(card))

    def waits(self, card: RunCard) -> None:
        """All that whoever answers should know."""
        self._lines(waiting_lines(card))

    def event(self, event: RunEvent) -> None:
        """A heading for a play or task, a line for each result."""
        self._lines(event_lines(event, messages=True))

    def note(self, text: str) -> None:
        """A line."""
        self._lines([clean(text)])

    def recap(self, card: RunCard) -> None:
        """The recap table."""
        self._lines(recap_lines(card))

    def _lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._out.write(line + "\n")
        self._out.flush()


class JsonVoice:
    """One object a line, each with `type`: run, event, reply."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout

    def reply(self, reply: Reply) -> None:
        """`type: reply`."""
        self._write({**reply_json(reply), "refused": False})

    def refusal(self, error: SignalboxError) -> None:
        """`type: reply` with `refused: true`."""
        problems = list(getattr(error, "problems", ()))
        self._write(
            {
                "type": "reply",
                "refused": True,
                "text": error.in_full,
                "error": type(error).__name__,
                "what": error.what,
                "problems": problems,
                "remedy": error.remedy,
            }
        )

    def accepted(self, card: RunCard) -> None:
        """`type: run` with the status it begins with."""
        self._write(_run(card))

    def waits(self, card: RunCard) -> None:
        """`type: run` with the status awaiting_approval, and under `waiting` all that one should know."""
        self._write({**_run(card), "waiting": None if card.waiting is None else to_plain(card.waiting)})

    def event(self, event: RunEvent) -> None:
        """`type: event` with every field of the event."""
        self._write(event_json(event))

    def note(self, text: str) -> None:
        """`type: reply`."""
        self._write({"type": "reply", "refused": False, "text": text, "parts": []})

    def recap(self, card: RunCard) -> None:
        """`type: run` with the final status and how every host came out."""
        view = card.view
        took = view.ended_at - view.started_at if view.ended_at and view.started_at else None
        hosts = [
            {
                "host": each.host,
                "ok": each.ok,
                "changed": each.changed,
                "failed": each.failed,
                "unreachable": each.unreachable,
                "skipped": each.skipped,
                "rescued": each.rescued,
                "ignored": each.ignored,
            }
            for each in view.outcomes
        ]
        seconds = {"seconds": took, "duration": duration(took)} if took is not None else {}
        busy = list(view.busy_hosts)
        steps = {"steps": [to_plain(step) for step in view.steps]} if view.steps else {}
        ended = {"reason": view.reason, "outcomes": hosts, "busy_hosts": busy}
        self._write({**_run(card), **ended, **steps, **seconds})

    def _write(self, value: dict[str, Any]) -> None:
        self._out.write(json.dumps(value, ensure_ascii=True) + "\n")
        self._out.flush()


def _run(card: RunCard) -> dict[str, Any]:
    return {
        "type": "run",
        "id": card.run_id,
        "status": card.view.status.value,
        "runbook": card.runbook,
        "environment": card.environment,
        "limit": card.limit,
        "hosts": list(card.hosts),
        "check": card.check,
        "actor": card.actor,
        "revision": card.revision,
    }
