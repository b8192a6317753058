"""What becomes of a reply: on a screen, in a pipe, in a program."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from bot.chat.terminal import reply_json, reply_lines, reply_renderable
from bot.chat.terminal.screen import to_ansi
from bot.model.reply import Block, Facts, Reply, Table, Text
from tests.chat.test_screen import COLOR
from tests.chat.test_text import HOSTILE

REPLY = Reply(
    parts=(
        Text(text="2 runbooks."),
        Table(title="Runbooks", columns=("id", "summary"), rows=(("ping", "Ask hosts"), ("restart-service", "日本"))),
        Facts(title="", pairs=(("environment", "local"), ("hosts", "3"))),
        Block(title="Log", text="a\n  b\n\nc\n"),
    )
)
PLAIN = [
    "2 runbooks.",
    "",
    "Runbooks",
    "id               summary",
    "ping             Ask hosts",
    "restart-service  日本",
    "",
    "environment  local",
    "hosts        3",
    "",
    "Log",
    "a",
    "  b",
    "",
    "c",
]


def shown(reply: Reply, width: int) -> list[str]:
    """The lines of a reply on a screen."""
    return [one.rstrip() for one in COLOR.sub("", to_ansi(reply_renderable(reply, width), width)).splitlines()]


def test_plain_lines() -> None:
    """Given one part of every kind, then parts are apart and columns stand under one another."""
    assert reply_lines(REPLY) == PLAIN


def test_on_a_screen_that_is_wide_enough_it_looks_the_same() -> None:
    """Given a wide screen, then the words are those of the plain lines."""
    assert shown(REPLY, 80) == PLAIN


def test_on_a_narrow_screen_texts_are_wrapped_and_cells_cut() -> None:
    """Given 40 columns, then a long text goes on in the next line and a wide column gives way."""
    reply = Reply(
        parts=(
            Text(text="word " * 20),
            Table(title="", columns=("id", "summary"), rows=(("ping", "z" * 60),)),
            Facts(title="", pairs=(("name", "word " * 12),)),
        )
    )
    assert shown(reply, 40) == [
        *["word word word word word word word word"] * 2,
        "word word word word",
        "",
        "id    summary",
        "ping  " + "z" * 31 + "...",
        "",
        "name  word word word word word word word",
        "      word word word word word",
    ]


def test_json() -> None:
    """Given a reply, then a program gets all of it as text, and each part with its kind."""
    plain = json.loads(json.dumps(reply_json(REPLY)))
    assert plain["type"] == "reply"
    assert plain["text"] == "\n".join(PLAIN)
    assert [part["kind"] for part in plain["parts"]] == ["text", "table", "facts", "block"]
    assert plain["parts"][1]["rows"] == [["ping", "Ask hosts"], ["restart-service", "日本"]]


def test_text_without_any_width_is_no_trouble() -> None:
    """Given a text of characters that take no room by themselves, then it is a line all the same."""
    reply = Reply(parts=(Text(text="\U0001f3fb" * 3), Facts(title="", pairs=(("\u05b0", "\U0001f3fb"),))))
    assert len(shown(reply, 20)) == 3


def test_an_empty_reply_is_nothing() -> None:
    """Given no parts, empty tables, or rows of the wrong length, then nothing raises."""
    assert reply_lines(Reply(parts=())) == []
    odd = Reply(
        parts=(
            Table(title="", columns=(), rows=((),)),
            Table(title="", columns=("a", "b"), rows=(("1",), ("1", "2", "3"))),
        )
    )
    assert reply_lines(odd) == ["", "", "", "a  b", "1", "1  2"]


parts = st.one_of(
    st.builds(Text, text=HOSTILE),
    st.builds(
        Table,
        title=HOSTILE,
        columns=st.tuples(HOSTILE, HOSTILE, HOSTILE),
        rows=st.lists(st.tuples(HOSTILE, HOSTILE, HOSTILE), max_size=3).map(tuple),
    ),
    st.builds(Facts, title=HOSTILE, pairs=st.lists(st.tuples(HOSTILE, HOSTILE), max_size=3).map(tuple)),
    st.builds(Block, title=HOSTILE, text=HOSTILE),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(parts, max_size=4), st.sampled_from([20, 40, 80]))
def test_no_text_breaks_out_of_a_reply(made: list[Text | Table | Facts | Block], width: int) -> None:
    """Given any text anywhere, then no escape is written, no line is too wide, and plain lines are lines."""
    reply = Reply(parts=tuple(made))
    lines = shown(reply, width)
    assert all(cell_len(one) <= width and "\x1b" not in one for one in lines)
    assert not any("\n" in one or "\x1b" in one for one in reply_lines(reply))
    json.dumps(reply_json(reply)).encode()
