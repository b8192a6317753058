"""Text that hosts and people wrote, on its way into Slack's markup."""

import html
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.slack.mrkdwn import code, cut, escape, fenced, literal, sentence, split
from bot.chat.slack.sizes import units
from bot.chat.text import clean
from tests.chat_slack.looks import assert_harmless, seen
from tests.chat_slack.strange import texts
from tests.fake_slack.page.mrkdwn import mrkdwn as drawn


def test_the_three_characters_are_escaped() -> None:
    """Ampersand and angle brackets become entities, once."""
    assert escape("a < b & c > &lt;") == "a &lt; b &amp; c &gt; &amp;lt;"


def test_a_mention_of_everybody_is_only_text() -> None:
    """What a host prints cannot call the channel."""
    for said in ("<!channel> <@U1> <!subteam^S1> <#C1>", "\u202e<!here>\x1b[0m"):
        for shown in (literal(said), code(said), fenced(said), sentence(said)):
            assert "<" not in shown
            assert "&lt;" in shown


def test_words_with_underscores_can_be_copied() -> None:
    """Characters that act only at the edge of a word stay what they are within one."""
    assert literal("web_1_a 2*3 a~b 12:30:45 a -> b") == "web_1_a 2*3 a~b 12:30:45 a -&gt; b"


def test_words_that_would_act_are_code_and_can_be_copied() -> None:
    """A place in a file, a name in underscores, a quote: character by character what the host wrote."""
    said = "The error is in hosts.yml:3:16, see __init__.py (*both*).\n> quoted"
    assert literal(said) == "The error is in `hosts.yml:3:16`, see `__init__.py` `(*both*`).\n`&gt;` quoted"
    assert seen(literal(said)) == said


def test_a_long_word_is_code_in_every_piece() -> None:
    """Wherever a text is cut, no half of a word in code is left to act."""
    for piece in (cut(literal(":tada:" * 2_000), 300), *split(literal("*b*" * 2_000), 300)):
        assert "<b>" not in drawn(piece)
        assert re.fullmatch("(`[^`]+`(\n\u2026 .*)?)+", piece)


def test_code_cannot_be_left() -> None:
    """A backtick in a host's name ends neither the code nor a fence."""
    assert seen(code("a`*b*`c")) == "a\u02cb*b*\u02cbc"
    assert drawn(fenced("a\n```\n*b*")).count("<pre>") == 1
    assert "<b>" not in drawn(fenced("a\n```\n*b*"))


def test_our_sentences_name_commands_as_code() -> None:
    """Backticks in our own sentences are code, what stands around them is not read as markup."""
    assert drawn(sentence("Say `run *x* on <limit>`, *now*.")) == (
        "Say <code>run *x* on &lt;limit&gt;</code>, <code>*now*</code>."
    )


def test_a_long_log_is_split_with_its_fence_closed_and_opened() -> None:
    """Every piece is code by itself, and together they hold every line in order."""
    log = "\n".join(f"line {number} <b> & `x`" for number in range(2_000))
    pieces = split(fenced(log), 3_000)
    assert len(pieces) > 1
    for piece in pieces:
        assert units(piece) <= 3_000
        assert piece.startswith("```\n")
        assert piece.endswith("\n```")
    inside = "\n".join(piece.removeprefix("```\n").removesuffix("\n```") for piece in pieces)
    assert html.unescape(inside) == log


def test_one_line_longer_than_a_piece_is_split_too() -> None:
    """A line without a break is broken, and no entity with it."""
    pieces = split(fenced("<" * 5_000), 1_000)
    assert sum(piece.count("&lt;") for piece in pieces) == 5_000
    assert all(units(piece) <= 1_000 for piece in pieces)


def test_a_cut_text_says_how_much_is_missing() -> None:
    """What is left out is counted, and a fence that was open is closed."""
    shown = cut(fenced("x" * 10_000), 1_000)
    assert units(shown) <= 1_000
    assert shown.count("```") == 2
    said = int(re.search(r"([\d,]+) more characters", shown)[1].replace(",", ""))  # type: ignore[index]
    assert 9_000 < said < 10_000


@settings(max_examples=200, deadline=None)
@given(texts)
def test_no_text_becomes_markup(text: str) -> None:
    """Whatever the text, a reader of Slack sees its characters, and no bold, quote, mention or emoji."""
    shown = literal(text)
    assert_harmless([("mrkdwn", shown)])
    assert set(re.findall("<[^<>]+>", drawn(shown))) <= {"<br>", "<code>", "</code>"}
    assert not re.search(r":[a-z_]+:", re.sub("<code>.*?</code>", "", drawn(shown)))
    assert seen(shown) == clean(text).replace("`", "\u02cb")


@settings(max_examples=200, deadline=None)
@given(texts, st.integers(200, 3_000))
def test_pieces_fit_and_stay_harmless(text: str, most: int) -> None:
    """However a text is split or cut, each piece fits and has its fences and entities whole."""
    for whole in (literal(text), fenced(text), f"{literal(text)}\n{fenced(text)}\n{code(text)}"):
        pieces = [*split(whole, most), cut(whole, most)]
        assert all(units(piece) <= most for piece in pieces)
        assert_harmless([("mrkdwn", piece) for piece in pieces])
