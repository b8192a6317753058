"""The card of a run that waits for people enters; lines of plain text leave, for a screen and for pipes."""

from bot.chat.terminal.plain import diff_lines, header_lines
from bot.chat.text import clean
from bot.chat.waiting import answers, left_out, waiting_facts
from bot.model.consent import Excerpt
from bot.model.view import RunCard


def waiting_lines(card: RunCard) -> list[str]:
    """The whole card: what is asked, what it would do, the files, and how to answer."""
    waiting = card.waiting
    if waiting is None:
        return header_lines(card)
    pairs = list(waiting_facts(card, waiting))
    width = max(len(name) for name, _ in pairs)
    lines = [*header_lines(card)[:2], *(f"  {name:<{width}}  {value}" for name, value in pairs)]
    for excerpt in waiting.pending.excerpts:
        lines += _excerpt(excerpt)
    lines += ["  the check would change:", *diff_lines(waiting.diff)] if waiting.diff else []
    return [*lines, f"  It waits. Say {' or '.join(f'`{each}`' for each in answers(card, waiting.pending))}."]


def _excerpt(excerpt: Excerpt) -> list[str]:
    more = left_out(excerpt.left_out)
    shown = [f"    {one}".rstrip() for one in clean(excerpt.text).split("\n")]
    return [f"  {clean(excerpt.name)}", *shown, *([f"    {more}"] if more else [])]
