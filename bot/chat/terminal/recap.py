"""The RunCard of a run that has ended enters; its recap leaves: what became of every host, why, and what to do next."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from bot.chat.terminal.card import STATE_STYLES, failures, header
from bot.chat.terminal.sheet import Ink, Sheet
from bot.chat.text import line
from bot.chat.words import COUNTS, busy_sentence, counts, how_many, many, next_steps, rest_of_hosts, state, states
from bot.model.run import HostOutcome
from bot.model.view import RunCard

HOSTS_SHOWN = 30
FAILURES_SHOWN = 10
MESSAGE_LINES = 6
TABLE_WIDTH = 76
"""A terminal narrower than this gets a line of words for each host instead of a table."""


def recap(card: RunCard, width: int) -> Sheet:
    """How a run came out, in lines of at most `width` cells."""
    return Sheet(lambda ink: recap_text(ink, card), width)


def recap_text(ink: Ink, card: RunCard) -> Iterator[Text]:
    """The lines of a recap."""
    yield from header(ink, card, card.view.ended_at or 0.0)
    yield from failures(ink, card, FAILURES_SHOWN, MESSAGE_LINES)
    yield from _hosts(ink, card)
    if card.view.warnings:
        yield from _warnings(ink, card)
    if busy := busy_sentence(card):
        yield from ink.wrap(busy, "", 3, "yellow")
    yield ink.row(("next: ", "bold"), (ink.mark(" · ", ", ").join(next_steps(card)), ""))


def _hosts(ink: Ink, card: RunCard) -> Iterator[Text]:
    outcomes = card.view.outcomes
    if all(state(outcome) == "waiting" for outcome in outcomes):
        yield ink.write(f"{how_many(card)}, none with a result")
        return
    shown, rest = outcomes[:HOSTS_SHOWN], outcomes[HOSTS_SHOWN:]
    yield from (_table if ink.width >= TABLE_WIDTH else _words)(ink, shown)
    if rest:
        yield ink.write(f"  {rest_of_hosts(rest)}", "dim")
    yield from ink.wrap(f"{how_many(card)}: {states(card)}", "", 3)


def _table(ink: Ink, outcomes: Sequence[HostOutcome]) -> Iterator[Text]:
    """A column for each count; the last column says in a word what they come to."""
    fixed = sum(len(name) + 2 for name in COUNTS)
    host_width = min(max(len(line(o.host, 60)) for o in outcomes), ink.width - fixed - 2)
    host_width = max(host_width, 4)
    yield ink.write("  " + "host".ljust(host_width) + "".join("  " + name for name in COUNTS), "bold")
    for outcome in outcomes:
        host = ink.fit(ink.plain(line(outcome.host, 60)), host_width)
        cells = [(f"  {getattr(outcome, name):>{len(name)}}", _style(outcome, name)) for name in COUNTS]
        yield ink.row(("  " + ink.pad(host, host_width), ""), *cells)


def _style(outcome: HostOutcome, name: str) -> str:
    return STATE_STYLES.get(name, "") if getattr(outcome, name) else "dim"


def _words(ink: Ink, outcomes: Sequence[HostOutcome]) -> Iterator[Text]:
    for outcome in outcomes:
        word = state(outcome)
        word = "no result" if word == "waiting" else word
        yield ink.row((f"  {line(outcome.host, 60)}: ", ""), (word, STATE_STYLES.get(word, "")))
        if word != "no result":
            yield ink.write(f"    {counts(outcome)}", "dim")


def _warnings(ink: Ink, card: RunCard) -> Iterator[Text]:
    warnings = card.view.warnings
    yield ink.write(f"{many(len(warnings), 'warning')}:", "yellow")
    for warning in warnings[:3]:
        yield from ink.wrap(warning, "  ", 2)
    if len(warnings) > 3:  # noqa: PLR2004 (as many as were shown)
        yield ink.write(f"  and {len(warnings) - 3} more", "dim")
