"""What is left of hostile text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.text import clean, line

HOSTILE = st.text(
    st.one_of(
        st.sampled_from(
            "\x1b[]\\;m0123;?PX^_\x07\x9b\x9d\r\n\t\u202e\u2066\u200b\u2028\ufeff\u0300\u05b0\u3042\U0001f3fb\U0001f600\U000e0041<>[/]:"
        ),
        st.characters(),
    ),
    max_size=80,
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("plain", "plain"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jx", "x"),
        ("\x1b]never ended, so shown", "never ended, so shown"),
        ("\x1bcreset", "reset"),
        ("a\x00b\x08c\x7f", "abc"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("a\tb", "a    b"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("a\u200b\u2066b\ufeff", "ab"),
        ("\ud800x", "\ufffdx"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 3),
        ("grün 日本 😀", "grün 日本 😀"),
        ("[bold]x[/] :smile:", "[bold]x[/] :smile:"),
    ],
)
def test_what_is_left(text: str, left: str) -> None:
    """Given text with something in it that a terminal would obey, then only what can be read is left."""
    assert clean(text) == left


@given(HOSTILE)
def test_nothing_a_terminal_would_obey_is_left(text: str) -> None:
    """Given any text, then no control, direction or surrogate is left, and cleaning again changes nothing."""
    cleaned = clean(text)
    assert not any(
        unicodedata.category(c) in ("Cc", "Cs") or unicodedata.bidirectional(c) in BIDI
        for c in cleaned.replace("\n", "")
    )
    assert clean(cleaned) == cleaned


BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@given(HOSTILE, st.integers(10, 60))
def test_a_line_is_one_line_and_bounded(text: str, characters: int) -> None:
    """Given any text, then `line` gives one line of at most so many characters."""
    made = line(text, characters)
    assert len(made) <= characters
    assert "\n" not in made


def test_a_cut_is_marked() -> None:
    """Given a text that is too long, then dots say so; one that fits has none."""
    assert line("x" * 20, 10) == "xxxxxxx..."
    assert line("x" * 10, 10) == "x" * 10


@pytest.mark.parametrize("piece", ["\x1b]", "\x1b[", "\x1b[0", "\x1bP\x1b", "\u0301", "\r\n", "x\x1b]0;"])
def test_a_megabyte_is_cleaned_in_linear_time(piece: str) -> None:
    """Given the worst text for a pattern that goes back and forth, then a megabyte of it is done at once.

    In quadratic time this would take hours, and the suite's timeout ends it.
    """
    assert "\x1b" not in clean(piece * (1_000_000 // len(piece)))
