"""The limit layer: whatever is to be shown, Slack takes it, and people are told what it would not take."""

import json
from typing import Any

from hypothesis import given, settings

from bot.chat.slack import limits
from bot.chat.slack.parts import actions, button, section, table
from tests.chat_slack.looks import assert_harmless, buttons, read, texts
from tests.chat_slack.strange import any_blocks
from tests.fake_slack.blocks import check_message, check_view, total


def fitted(blocks: list[Any]) -> list[dict[str, Any]]:
    """The blocks that are left, after Slack's own rules have been asked."""
    made = [dict(block) for block in limits.fit(blocks)]
    assert check_message(made) == []
    assert len(json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()) <= 12_000
    return made


def test_what_fits_is_not_touched() -> None:
    """Blocks within all limits come out as they went in."""
    blocks = [section("*one*"), *actions([button("Go", "go", "1")])]
    assert fitted(blocks) == blocks


def test_too_many_blocks_lose_text_and_keep_their_buttons() -> None:
    """Of 80 blocks 50 are left, one of them says how many are missing, and the buttons are still last."""
    made = fitted([*(section(f"line {n}") for n in range(79)), *actions([button("Go", "go", "1")])])
    assert len(made) == 50
    assert made[-1]["type"] == "actions"
    assert "Left out, because Slack takes no more here: 31 blocks." in read(made)


def test_a_message_that_is_too_large_is_cut_from_its_end() -> None:
    """Ten texts of 3,000 characters: the first are whole, what is missing is counted, the buttons stay."""
    made = fitted([*(section(f"{n}" + "x" * 2_999) for n in range(10)), *actions([button("Go", "go", "1")])])
    assert made[0] == section("0" + "x" * 2_999)
    assert made[-1]["type"] == "actions"
    assert "more characters" in read(made)
    assert "blocks" in made[-2]["elements"][0]["text"]


def test_a_section_that_is_too_long_is_cut() -> None:
    """Slack takes 3,000 characters of a section."""
    made = fitted([{"type": "section", "text": {"type": "mrkdwn", "text": "word " * 2_000}}])
    assert "more characters" in made[0]["text"]["text"]


def test_a_second_table_and_rows_beyond_100_are_left_out() -> None:
    """Slack takes one table a message, of 100 rows and 20 columns."""
    made = fitted([table([["x"] * 3] * 130), table([["y"]])])
    assert len(made[0]["rows"]) == 100
    assert "30 rows" in read(made)
    assert "1 tables" in read(made)


def test_a_value_that_is_too_long_takes_its_button_away() -> None:
    """A cut value would name something else, so the button goes, and that is told."""
    made = fitted([*actions([button("Bad", "bad", "v" * 2_001), button("Good", "good", "1")])])
    assert [each["text"]["text"] for each in made[-1]["elements"]] == ["Good"]
    assert "1 buttons" in read(made)


def test_the_same_action_twice_in_a_row_is_there_once() -> None:
    """Slack refuses a row in which an action stands twice."""
    made = fitted(actions([button("A", "same", "1"), button("B", "same", "2")]))
    assert [each["value"] for each in made[0]["elements"]] == ["1"]


@settings(max_examples=250, deadline=None)
@given(any_blocks)
def test_any_blocks_fit_into_a_message(blocks: list[Any]) -> None:
    """Nothing that can be handed over makes Slack refuse the message, or raises."""
    made = fitted(blocks)
    assert total(made) <= 12_000
    if len(blocks) > len(made):
        assert "Left out" in read(made)


@settings(max_examples=250, deadline=None)
@given(any_blocks)
def test_any_blocks_fit_into_a_view(blocks: list[Any]) -> None:
    """The same holds for modals and the home tab."""
    made = [dict(block) for block in limits.fit_view(blocks)]
    view = {"type": "modal", "title": {"type": "plain_text", "text": "t"}, "blocks": made}
    assert check_view(view | {"submit": {"type": "plain_text", "text": "s"}}, "modal") == []


@settings(max_examples=100, deadline=None)
@given(any_blocks)
def test_no_plain_text_looks_like_a_mention(blocks: list[Any]) -> None:
    """Also blocks that did not come from our renderers hold no invisible characters in plain text."""
    assert_harmless((kind, text) for kind, text in texts(list(limits.fit(blocks))) if kind != "mrkdwn")


def test_no_message_has_buttons_only_in_name() -> None:
    """A row of buttons of which none can be shown is left out as a whole, and that is told."""
    message = limits.message("x", actions([button("Bad", "", "")]))
    assert buttons(message) == []
    assert "1 blocks" in read(message)
