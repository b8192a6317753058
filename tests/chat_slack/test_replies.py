"""Answers to commands in Slack: readable, complete, in pages."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.slack.replies import refusal_message, reply_messages, text_message, turned
from bot.errors import BadParameters, NotAllowed, SignalboxError
from bot.model.reply import Block, Facts, Reply, Table, Text
from tests.chat_slack.looks import assert_sound, buttons, elements, read
from tests.chat_slack.strange import replies, texts


def test_a_sentence_shows_commands_as_code() -> None:
    """What our own texts put between backticks can be copied."""
    message = text_message("`help <word>` tells more.")
    assert message.blocks[0]["text"]["text"] == "`help &lt;word&gt;` tells more."


def test_a_table_of_two_columns_is_lines_and_a_wider_one_is_a_table() -> None:
    """A phone shows lines better than narrow columns."""
    lines = reply_messages(Reply(parts=(Table(title="T", columns=("a", "b"), rows=(("run x", "Runs x."),)),)))[0]
    assert "run x Runs x." in read(lines)
    wide = reply_messages(Reply(parts=(Table(title="T", columns=("a", "b", "c"), rows=(("1", "", "<b>"),)),)))[0]
    assert [[cell["text"] for cell in row] for row in wide.blocks[1]["rows"]] == [
        ["a", "b", "c"],
        ["1", "\u2013", "<b>"],
    ]


def test_facts_keep_their_names() -> None:
    """Every pair is a line with its name in bold."""
    message = reply_messages(Reply(parts=(Facts(title="Run 3", pairs=(("status", "failed"), ("who", "anna"))),)))[0]
    assert message.blocks[1]["text"]["text"] == "*status*: failed\n*who*: anna"


def test_a_log_is_in_pages_and_whole() -> None:
    """A log of 100,000 characters: every line is on a page, in order, and no page breaks a limit."""
    lines = [f"{number:05d} ok: [web1] => changed=false" for number in range(2_500)]
    pages = reply_messages(Reply(parts=(Block(title="Log of run 3", text="\n".join(lines)),)), "log 3")
    assert len(pages) > 5
    for page in pages:
        assert_sound(page)
    shown = "\n".join(read(page) for page in pages).splitlines()
    assert [line for line in shown if "changed=false" in line] == lines


def test_pages_are_turned_by_buttons() -> None:
    """The first page has Next, the last Previous, and the value leads to the same command and the right page."""
    rows = tuple((str(number), "failed", "ping") for number in range(300))
    pages = reply_messages(
        Reply(parts=(Table(title="Runs", columns=("run", "status", "runbook"), rows=rows),)), "runs:all"
    )
    assert [buttons(page) for page in (pages[0], pages[1], pages[-1])] == [["Next"], ["Previous", "Next"], ["Previous"]]
    values = [turned(each["value"]) for each in elements(pages[1].blocks, "button")]
    assert values == [("runs:all", 0), ("runs:all", 2)]
    assert f"Page 2 of {len(pages)}" in read(pages[1])


def test_every_row_of_a_long_table_is_on_a_page_under_the_names() -> None:
    """Nothing is left out between two pages."""
    rows = tuple((str(number), "x" * 50, "y") for number in range(500))
    pages = reply_messages(Reply(parts=(Table(title="T", columns=("number", "x", "y"), rows=rows),)))
    tables = [block["rows"] for page in pages for block in page.blocks if block["type"] == "table"]
    assert all(table[0][0]["text"] == "number" for table in tables)
    assert [row[0]["text"] for table in tables for row in table[1:]] == [row[0] for row in rows]


def test_two_tables_are_on_two_pages() -> None:
    """Slack takes one table a message; a title goes with its table."""
    table = Table(title="Left out", columns=("a", "b", "c"), rows=(("1", "2", "3"),))
    pages = reply_messages(Reply(parts=(table, table)))
    assert [[block["type"] for block in page.blocks] for page in pages] == [["header", "table", "context"]] * 2


def test_without_a_pager_pages_have_no_buttons() -> None:
    """Pages that are all posted say which they are, and nothing can be pressed."""
    pages = reply_messages(Reply(parts=(Block(title="", text="x\n" * 20_000),)))
    assert not any(buttons(page) for page in pages)
    assert "Page 1 of" in read(pages[0])


def test_an_empty_reply_still_says_something() -> None:
    """Slack takes no message without content."""
    for reply in (Reply(parts=()), Reply(parts=(Text(text=""),)), Reply(parts=(Block(title="", text="\x00"),))):
        assert_sound(reply_messages(reply)[0])
        assert read(reply_messages(reply)[0]) == "Nothing."


def test_a_refusal_says_what_was_wrong_and_what_would_be_right() -> None:
    """Every problem is a line; the remedy stands by itself."""
    message = refusal_message(
        BadParameters("2 problems:", "`describe x` lists them.", ("service is required.", "n: <b>"))
    )
    assert_sound(message)
    assert read(message) == "🚫 2 problems:\n• service is required.\n• n: <b>\ndescribe x lists them."
    assert "2 problems: service is required." in message.text


def test_a_refusal_without_a_remedy_is_one_sentence() -> None:
    """Nothing empty is shown."""
    assert len(refusal_message(NotAllowed("You may not.")).blocks) == 1


def test_a_strange_page_value_is_no_page() -> None:
    """A value that did not come from our buttons is refused, whatever it is."""
    for value in ("", "x", ":runs", "1:", "-1:runs", "1e3:runs", "9999999:runs", "\u0661:runs"):
        assert turned(value) is None


@settings(max_examples=80, deadline=None)
@given(replies, st.one_of(st.just(""), texts))
def test_any_reply_makes_messages_that_slack_takes(reply: Reply, pager: str) -> None:
    """Whatever is answered, every page fits, and nothing in it acts."""
    for message in reply_messages(reply, pager):
        assert_sound(message)


@settings(max_examples=100, deadline=None)
@given(texts, texts, st.lists(texts, max_size=30))
def test_any_refusal_makes_a_message_that_slack_takes(what: str, remedy: str, problems: list[str]) -> None:
    """Sentences may quote what somebody typed."""
    error: SignalboxError = BadParameters(what, remedy, tuple(problems))
    assert_sound(refusal_message(error))
