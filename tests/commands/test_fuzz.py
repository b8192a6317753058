"""A short fuzz run with a fixed seed; the long one is run by hand."""

from itertools import islice

from bot.commands import parse
from bot.errors import Refused

from .fuzz import fuzz, texts
from .stories import VOCABULARY


def test_mutated_lines_break_no_promise() -> None:
    """Refused with fit sentences, or understood and the same again from the canonical text."""
    assert fuzz(seed=1, rounds=1500) == (1500, [])


def test_the_fuzz_run_reaches_both_answers() -> None:
    """Mutations that are all refused, or all understood, would show nothing."""
    understood = 0
    for text in islice(texts(1), 500):
        try:
            parse(text, VOCABULARY)
        except Refused:
            continue
        understood += 1
    assert 50 < understood < 450
