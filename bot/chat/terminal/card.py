"""A RunCard and the time enter; what a terminal shows of a run under way leaves."""

from collections.abc import Iterator

from rich.cells import cell_len
from rich.text import Text

from bot.chat.terminal.sheet import Ink, Sheet
from bot.chat.text import line
from bot.chat.waiting import wanted
from bot.chat.words import counts, facts, failure_title, go_sentence, many, names, run_time, state, states, steps, waves
from bot.model.view import RunCard
from bot.model.words import duration

HEARTBEAT_SECONDS = 15
HOSTS_SHOWN = 10
FAILURES_SHOWN = 5
MESSAGE_LINES = 3
BAR_CELLS = 20

WAITS_CHARACTERS = 300
STATUS_STYLES = {
    "successful": "bold green",
    "running": "bold cyan",
    "starting": "cyan",
    "queued": "dim",
    "awaiting_approval": "yellow",
}
STATE_STYLES = {"unreachable": "bold red", "failed": "bold red", "changed": "yellow", "ok": "green"}


def card_lines(card: RunCard, now: float, width: int, height: int | None = None) -> Sheet:
    """A run as it looks at `now` (seconds since the epoch), in lines of at most `width` cells."""
    return Sheet(lambda ink: _card(ink, card, now), width, height)


def live_cards(cards: list[RunCard], now: float, width: int, height: int) -> Sheet:
    """Cards of all runs under way in at most `height` lines: whole where there is room, else a line each."""
    each = max(1, height // max(1, len(cards)))
    return Sheet(lambda ink: _cards(ink, cards, now, each), width, height)


def _cards(ink: Ink, cards: list[RunCard], now: float, each: int) -> Iterator[Text]:
    for card in cards:
        yield from list(_card(ink, card, now))[:each]


def _card(ink: Ink, card: RunCard, now: float) -> Iterator[Text]:
    yield from header(ink, card, now)
    if not card.view.status.final:
        yield from _task(ink, card, now)
    yield from failures(ink, card, FAILURES_SHOWN, MESSAGE_LINES)
    yield from _hosts(ink, card)
    if card.view.warnings:
        yield ink.write(f"{many(len(card.view.warnings), 'warning')}, to be read with: log {card.run_id}", "yellow")


def header(ink: Ink, card: RunCard, now: float) -> Iterator[Text]:
    """The first lines of card and recap: which run of what, where, by whom, in which status."""
    title, status = _title(card), _status(ink, card, now)
    together = sum(cell_len(text) for text, _ in (*title, *status)) <= ink.width
    yield from [ink.row(*title, *status)] if together else [ink.row(*title), ink.row(*status)]
    yield from ink.wrap(line(card.summary), "", 2)
    yield from joined(ink, facts(card), "dim")
    if card.hosts and card.view.status.value in {"queued", "starting"}:
        yield ink.write(f"hosts: {names(card.hosts, 10)}", "dim")
    if card.note:
        yield from ink.wrap(line(card.note, 600), "", 2, "dim")
    if card.broke_glass:
        yield from ink.wrap(line(card.broke_glass, 600), "", MESSAGE_LINES, "bold yellow")
    if card.view.waves:
        yield from ink.wrap(waves(card), "", 4)
    if card.view.steps:
        yield from ink.wrap(steps(card), "", 4)
    if asked := go_sentence(card):
        yield from ink.wrap(asked, "", 2, "bold yellow")
    if card.waiting:
        yield from ink.wrap(f"wants {wanted(card, card.waiting.pending)}", "", MESSAGE_LINES, "bold yellow")
    if card.waits and card.view.status.value == "queued":
        yield from ink.wrap(f"waits for {line(card.waits, WAITS_CHARACTERS)}", "dim", 2)
    if card.view.reason and not card.view.failures:  # they are listed one by one below
        yield from ink.wrap(card.view.reason, "", MESSAGE_LINES)


def _title(card: RunCard) -> tuple[tuple[str, str], ...]:
    check = "(check mode) " if card.check else ""
    return (f"#{card.run_id} {line(card.runbook, 40)} ", "bold"), (check, "bold magenta")


def _status(ink: Ink, card: RunCard, now: float) -> tuple[tuple[str, str], ...]:
    status, seconds = card.view.status, run_time(card, now)
    word = (status_word(ink, status.value), STATUS_STYLES.get(status.value, "bold red"))
    if seconds is None:
        return (word,)
    return word, (f" {'after' if status.final else 'for'} {duration(seconds if status.final else int(seconds))}", "")


def status_word(ink: Ink, status: str) -> str:
    """The status with a mark before it; the word says it all."""
    marks = {"successful": "✔ ", "running": "▶ ", "starting": "▶ ", "queued": "… ", "awaiting_approval": "… "}
    return ink.mark(marks.get(status, "✘ ")) + status.replace("_", " ")


def joined(ink: Ink, parts: tuple[str, ...], style: str) -> Iterator[Text]:
    """Parts on as few lines as they need, each whole where that can be."""
    dot, text = ink.mark(" · ", ", "), ""
    for part in parts:
        if text and len(text) + len(dot) + len(part) > ink.width:
            yield ink.write(text, style)
            text = ""
        text = f"{text}{dot}{part}" if text else part
    if text:
        yield ink.write(text, style)


def _task(ink: Ink, card: RunCard, now: float) -> Iterator[Text]:
    view = card.view
    if view.play:
        yield ink.row(("PLAY ", "bold"), (line(view.play), ""))
    if not view.task:
        return
    seconds = 0 if view.task_started_at is None else max(0, int(now - view.task_started_at))
    yield ink.row(("TASK ", "bold"), (f"{view.task_number} {line(view.task)}", ""), (f", {duration(seconds)}", "dim"))
    yield _bar(ink, view.task_done, view.task_total)
    if seconds >= HEARTBEAT_SECONDS and view.task_hosts:
        hosts = f"hosts {names(view.task_hosts, 2, view.task_hosts_more)}"
        task = ink.fit(line(view.task), max(10, ink.width - len(hosts) - 30))
        yield from ink.wrap(f"still in TASK {task}, {duration(seconds)}, {hosts}", "", 2, "yellow")


def _bar(ink: Ink, done: int, total: int) -> Text:
    """How many hosts are through the current task."""
    total = max(total, done, 1)
    filled = BAR_CELLS * done // total
    bar = ink.mark("█", "#") * filled + ink.mark("░", "-") * (BAR_CELLS - filled)
    return ink.row((f"[{bar}]", "cyan"), (f" {done} of {many(total, 'host')}", ""))


def failures(ink: Ink, card: RunCard, most: int, message_lines: int) -> Iterator[Text]:
    """Failures with their messages, and how many there was no room for."""
    view = card.view
    if not view.failure_count:
        return
    yield ink.write(f"{many(view.failure_count, 'host')} failed or could not be reached:", "bold red")
    for failure in view.failures[:most]:
        yield ink.write("  " + failure_title(failure), "red")
        yield from ink.wrap(failure.message, "    ", message_lines)
    hidden = view.failure_count - min(most, len(view.failures))
    if hidden > 0:
        yield ink.write(f"  and {many(hidden, 'more failure')}, to be read with: log {card.run_id}", "red")


def _hosts(ink: Ink, card: RunCard) -> Iterator[Text]:
    outcomes = card.view.outcomes
    for outcome in outcomes[:HOSTS_SHOWN]:
        word = state(outcome)
        yield ink.row(
            (f"  {line(outcome.host, 40)}: ", ""), (word, STATE_STYLES.get(word, "")), (f" ({counts(outcome)})", "dim")
        )
    if len(outcomes) > HOSTS_SHOWN:
        yield ink.write(f"  and {len(outcomes) - HOSTS_SHOWN} more", "dim")
    if outcomes:
        yield from ink.wrap(f"hosts: {states(card)}", "", 3)
