"""The work grows with the length of the text and not faster: steps are counted, not seconds."""

import contextlib
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from lark import Token, UnexpectedInput

from bot.commands import complete, parse
from bot.commands.grammar import grammar
from bot.errors import Refused
from bot.model.command import Vocabulary

from .stories import VOCABULARY

SHAPES: dict[str, Callable[[int], str]] = {
    "values": lambda size: "run ping " + " ".join(f"k{number:04}=b" for number in range(size // 8)),
    "words": lambda size: "go " * (size // 3),
    "phrase": lambda size: "restart nginx " + " ".join(f"k{number:04}=b" for number in range(size // 8)),
    "list": lambda size: "run ping k=[" + "a, " * (size // 3 - 8) + "a]",
    "list of quotes": lambda size: "run ping k=[" + '"", ' * (size // 4 - 8) + "a]",
    "open list": lambda size: "run ping k=[" + "a , " * (size // 4 - 8),
    "spaces": lambda size: "run" + " \u200b" * (size // 2 - 8) + "ping",
    "backslashes": lambda size: 'run ping k="' + "\\\\" * (size // 2 - 8) + '"',
    "open quote": lambda size: 'run ping k="' + "\\a" * (size // 2 - 8),
    "quotes": lambda size: "run ping " + "''" * (size // 2 - 8),
    "dashes": lambda size: "run ping " + "-" * (size - 16),
    "long word": lambda size: "run ping on " + "a.-" * (size // 3 - 8),
    "equals": lambda size: "run ping " + "a=" * (size // 2 - 8),
    "brackets": lambda size: "run ping k=" + "[" * (size - 16),
}


def steps(work: Callable[[], object]) -> int:
    """How many lines of Python run, and how many functions written in C are called, in all of the work."""
    count = 0

    def line(_frame: FrameType, _event: str, _argument: Any) -> Any:
        nonlocal count
        count += 1
        return line

    def call(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "c_call"

    tracing = sys.gettrace()
    sys.settrace(line)
    sys.setprofile(call)
    try:
        work()
    except Refused:
        pass
    finally:
        sys.setprofile(None)
        sys.settrace(tracing)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_steps_grow_no_faster_than_the_text(shape: str) -> None:
    """Four times the text takes at most four times the steps, and a bit for what is done once."""
    short, long = SHAPES[shape](990), SHAPES[shape](3960)
    assert 3 * len(short) < len(long) <= 4000
    parse("help", VOCABULARY)
    few, many = (steps(lambda text=text: parse(text, VOCABULARY)) for text in (short, long))
    assert many <= 4.2 * few + 200


@pytest.mark.parametrize("shape", SHAPES)
def test_there_are_no_more_tokens_than_characters(shape: str) -> None:
    """Every token takes at least one character, so a text is read once and to its end or to its first mistake."""
    text = SHAPES[shape](3960)
    reading = grammar().parse_interactive(text, start="command")
    taken: list[Token] = []
    with contextlib.suppress(UnexpectedInput):
        for token in reading.iter_parse():
            taken += [token]
    assert len(taken) <= len(text)
    ends = [token.end_pos for token in taken if token.end_pos is not None]
    assert ends == sorted(set(ends))


def test_completion_grows_no_faster_than_the_text() -> None:
    """The same for the text before the cursor."""
    texts = (SHAPES["values"](size) + " " for size in (990, 3960))
    few, many = (steps(lambda text=text: complete(text, VOCABULARY)) for text in texts)
    assert many <= 4.2 * few + 200


def test_a_text_too_long_is_not_even_read() -> None:
    """A megabyte takes as many steps as 4,001 characters."""
    assert steps(lambda: parse("a " * 500_000, VOCABULARY)) == steps(lambda: parse("a " * 2001, VOCABULARY))


def test_ten_thousand_names_take_a_few_steps_each() -> None:
    """Near names of a mistyped runbook among 10,000: the comparison itself happens in C, in one call."""
    hundred, thousands = (
        Vocabulary(runbooks=tuple(f"runbook-{number}" for number in range(count))) for count in (100, 10_000)
    )
    few, many = (steps(lambda known=known: parse("run runbok-77", known)) for known in (hundred, thousands))
    assert many <= 100 * few
    assert many <= 10 * 10_000
