"""A run's stored events enter, in order; the lines of its log leave, texts that had been cut in one piece again."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.model.event import ENDED, MORE_TEXT, STATUS, RunEvent

_QUIET = frozenset({STATUS, "runner_on_start", "playbook_on_start", "playbook_on_stats"})
_HEADINGS = {
    "playbook_on_play_start": "PLAY",
    "playbook_on_task_start": "TASK",
    "playbook_on_handler_task_start": "HANDLER",
}


def log_lines(events: Iterable[RunEvent]) -> Iterator[str]:
    """Line by line what the events say; nothing is read further than the lines that are taken."""
    for event in _whole(events):
        if event.kind not in _QUIET or event.warnings or event.message:
            yield from _lines(event)


def _whole(events: Iterable[RunEvent]) -> Iterator[RunEvent]:
    """Every event with the rest of its texts, which comes right behind it as MORE_TEXT.

    MORE_TEXT whose event is not there (it was damaged) stays an event of its own.
    """
    held: RunEvent | None = None
    rest: dict[str, list[str]] = {}
    for event in events:
        if held is not None and event.kind == MORE_TEXT and event.data.get("of") == held.counter:
            rest.setdefault(str(event.data.get("field")), []).append(event.message)
            continue
        if held is not None:
            yield _joined(held, rest)
        held, rest = event, {}
    if held is not None:
        yield _joined(held, rest)


def _joined(event: RunEvent, rest: dict[str, list[str]]) -> RunEvent:
    if not rest:
        return event
    message = "".join([event.message, *rest.get("message", ())])
    return replace(event, message=message, diff="".join([event.diff, *rest.get("diff", ())]), cut=0)


def _lines(event: RunEvent) -> list[str]:
    if event.kind in _HEADINGS:
        word = "HANDLER" if event.data.get("handler") else _HEADINGS[event.kind]
        return [f"{word} {event.play if word == 'PLAY' else event.task}".rstrip()]
    details = [event.message, event.diff, *(f"warning: {warning}" for warning in event.warnings)]
    if event.kind == ENDED:
        details.insert(0, str(event.data.get("reason") or ""))
    lines = [line for detail in details for line in detail.splitlines()]
    head = _head(event)
    if len(lines) == 1:
        return [f"{head}: {lines[0]}"]
    return [head + (":" if lines else ""), *(f"    {line}" for line in lines)]


def _head(event: RunEvent) -> str:
    if event.kind == ENDED:
        return f"ENDED {event.data.get('status')}"
    if not event.host:
        return f"  {event.kind}"
    item = f" ({event.item})" if event.item else ""
    return f"  {event.result or event.kind}: {event.host}{item}"
