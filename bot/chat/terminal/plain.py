"""RunEvents and RunCards enter; lines of plain text leave, for pipes and for `-c`."""

from collections.abc import Iterator

from bot.chat.terminal.recap import recap_text
from bot.chat.terminal.sheet import Ink
from bot.chat.text import clean, line
from bot.chat.words import facts, names
from bot.model.event import STEP, WAVE, Result, RunEvent
from bot.model.view import RunCard

WIDTH = 120
MESSAGE_CHARACTERS = 500
DIFF_LINES = 40

_HEADINGS = {
    "playbook_on_play_start": "PLAY",
    "playbook_on_task_start": "TASK",
    "playbook_on_handler_task_start": "HANDLER",
}
_RESULTS = {"runner_on_ok", "runner_on_failed", "runner_on_skipped", "runner_on_unreachable"}
_TROUBLE = {Result.FAILED, Result.UNREACHABLE, Result.IGNORED}


def event_lines(event: RunEvent, *, messages: bool = False) -> list[str]:
    """What a RunEvent comes to; often nothing. With `messages` results tell their message even when all is well."""
    lines = list(_heading(event))
    if event.kind in _RESULTS or (event.kind == "runner_item_on_failed" and event.result in _TROUBLE):
        lines.append(_result(event, messages=messages))
    elif event.kind == "error" and event.message.strip():
        lines.append(f"  error: {line(event.message, MESSAGE_CHARACTERS)}")
    elif event.kind in {STEP, WAVE} and event.data.get("state") != "ended":
        lines.append(line(event.message, MESSAGE_CHARACTERS))
    elif event.kind == "playbook_on_no_hosts_matched":
        lines.append("  no host of this run matches the play")
    if event.diff:
        lines += diff_lines(event.diff)
    return lines + [f"  warning: {line(warning, MESSAGE_CHARACTERS)}" for warning in event.warnings]


def header_lines(card: RunCard) -> list[str]:
    """What is said before a run starts."""
    check = " (check mode)" if card.check else ""
    summary = f": {line(card.summary)}" if card.summary else ""
    return [
        f"RUN #{card.run_id} {line(card.runbook, 60)}{check}{summary}",
        f"  {', '.join(facts(card))}",
        *([f"  hosts: {names(card.hosts, 10)}"] if card.hosts else []),
    ]


def recap_lines(card: RunCard, *, ascii_only: bool = False) -> list[str]:
    """What is said when a run has ended; `ascii_only` for an output that does not take UTF-8."""
    return ["RECAP", *(f"  {text.plain.rstrip()}" for text in recap_text(Ink(WIDTH, ascii_only), card))]


def _heading(event: RunEvent) -> Iterator[str]:
    word = _HEADINGS.get(event.kind)
    if word is None:
        return
    if event.data.get("handler"):
        word = "HANDLER"
    yield f"{word} {line(event.play if word == 'PLAY' else event.task)}".rstrip()


def _result(event: RunEvent, *, messages: bool) -> str:
    result = event.result or Result(event.kind.rsplit("_", 1)[-1])
    item = f" (item {line(event.item, 80)})" if event.item else ""
    told = messages or result in _TROUBLE
    message = f": {line(event.message, MESSAGE_CHARACTERS)}" if told and event.message.strip() else ""
    return f"  {result.value}: {line(event.host, 100)}{item}{message}"


def diff_lines(diff: str) -> list[str]:
    """The first lines of a diff, and how many more there are in the log."""
    lines = clean(diff[: DIFF_LINES * 400]).rstrip("\n").split("\n")
    shown = [f"    {one[:300]}" for one in lines[:DIFF_LINES]]
    hidden = len(lines) - len(shown)
    return [*shown, f"    and {hidden} more lines of the diff in the log"] if hidden > 0 else shown
