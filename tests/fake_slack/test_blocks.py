"""Sizes of blocks: at the limit they are taken, one more is refused with the place."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk import WebClient

from tests.fake_slack.blocks import check_message, check_view, total
from tests.fake_slack.test_calls import refused

Block = dict[str, Any]


def plain(text: str) -> Block:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def said(length: int) -> Block:
    """A mrkdwn object of this length."""
    return {"type": "mrkdwn", "text": "x" * length}


def section(**more: Any) -> Block:
    """A section."""
    return {"type": "section", **more}


def button(**more: Any) -> Block:
    """A button."""
    return {"type": "button", "text": plain("Go"), "action_id": "go", **more}


def actions(*elements: Block) -> Block:
    """An actions block."""
    return {"type": "actions", "elements": list(elements)}


def options(count: int) -> list[Block]:
    """So many options."""
    return [{"text": plain(f"o{number}"), "value": f"v{number}"} for number in range(count)]


def menu(**more: Any) -> Block:
    """A menu in an actions block."""
    return actions({"type": "static_select", "action_id": "menu", **more})


def confirm(title: int, text: int) -> Block:
    """A button that asks first."""
    dialog = {"title": plain("t" * title), "text": plain("x" * text), "confirm": plain("Yes"), "deny": plain("No")}
    return actions(button(confirm=dialog))


def table(rows: int, columns: int) -> Block:
    """A table of cells with one character each."""
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns] * rows}


def task(number: int = 0, **more: Any) -> Block:
    """A task card."""
    return {"type": "task_card", "task_id": f"t{number}", "title": "Task", "status": "pending", **more}


LIMITS: list[tuple[str, Callable[[int], list[Block]], int, str]] = [
    ("blocks", lambda n: [{"type": "divider"}] * n, 50, "/blocks"),
    ("section text", lambda n: [section(text=said(n))], 3000, "/blocks/0/text/text"),
    ("fields", lambda n: [section(fields=[said(5)] * n)], 10, "/blocks/0/fields"),
    ("field", lambda n: [section(fields=[said(n)])], 2000, "/blocks/0/fields/0/text"),
    ("header", lambda n: [{"type": "header", "text": plain("x" * n)}], 150, "/blocks/0/text/text"),
    ("context", lambda n: [{"type": "context", "elements": [said(5)] * n}], 10, "/blocks/0/elements"),
    ("actions", lambda n: [actions(*(button(action_id=str(i)) for i in range(n)))], 25, "/blocks/0/elements"),
    ("button text", lambda n: [actions(button(text=plain("x" * n)))], 75, "/blocks/0/elements/0/text/text"),
    ("button value", lambda n: [actions(button(value="x" * n))], 2000, "/blocks/0/elements/0/value"),
    ("action_id", lambda n: [actions(button(action_id="x" * n))], 255, "/blocks/0/elements/0/action_id"),
    ("block_id", lambda n: [{"type": "divider", "block_id": "x" * n}], 255, "/blocks/0/block_id"),
    ("options", lambda n: [menu(options=options(n))], 100, "/blocks/0/elements/0/options"),
    (
        "option text",
        lambda n: [menu(options=[{"text": plain("x" * n), "value": "v"}])],
        75,
        "/blocks/0/elements/0/options/0/text/text",
    ),
    (
        "option value",
        lambda n: [menu(options=[{"text": plain("o"), "value": "x" * n}])],
        150,
        "/blocks/0/elements/0/options/0/value",
    ),
    ("confirm title", lambda n: [confirm(n, 5)], 100, "/blocks/0/elements/0/confirm/title/text"),
    ("confirm text", lambda n: [confirm(5, n)], 300, "/blocks/0/elements/0/confirm/text/text"),
    ("markdown", lambda n: [{"type": "markdown", "text": "x" * n}], 12_000, "/blocks/0/text"),
    ("table rows", lambda n: [table(n, 2)], 100, "/blocks/0/rows"),
    ("table columns", lambda n: [table(2, n)], 20, "/blocks/0/rows/0"),
]


@pytest.mark.parametrize(("make", "most", "place"), [case[1:] for case in LIMITS], ids=[case[0] for case in LIMITS])
def test_limits_hold_to_the_character(make: Callable[[int], list[Block]], most: int, place: str) -> None:
    """Given blocks at a limit, when one more is added, then they are refused and the complaint names the place."""
    assert check_message(make(most)) == []
    assert any(f"[json-pointer:{place}]" in one for one in check_message(make(most + 1)))


WRONG: list[tuple[str, list[Any], str]] = [
    ("no block", ["x"], "unsupported type"),
    ("unknown type", [{"type": "shout"}], "unsupported type: shout"),
    ("type that is no word", [{"type": ["section"]}], "unsupported type"),
    ("empty section", [section()], "missing required field: text or fields"),
    ("empty text", [section(text=said(0))], "must be more than 0 characters"),
    ("marked-up header", [{"type": "header", "text": said(5)}], "must be a valid enum value: plain_text"),
    ("surplus property", [section(text=said(5), colour="red")], "invalid additional property: colour"),
    ("style", [actions(button(style="green"))], "primary, danger"),
    ("same action_id", [actions(button(), button())], '`action_id` "go" already exists'),
    ("same block_id", [{"type": "divider", "block_id": "b"}] * 2, "`block_id` already exists"),
    ("button without text", [actions({"type": "button", "action_id": "a"})], "missing required field: text"),
    ("menu without options", [menu()], "exactly one of options and option_groups"),
    ("same value twice", [menu(options=options(1) * 2)], "unique values"),
    ("strange first choice", [menu(options=options(2), initial_option=options(3)[2])], "not one of the options"),
    ("input in a context", [{"type": "context", "elements": [button()]}], "unsupported type: button"),
    ("two tables", [table(1, 1), table(1, 1)], "only one table"),
    ("two plans", [{"type": "plan", "title": "p"}] * 2, "only one plan"),
    ("uneven table", [{"type": "table", "rows": [*table(1, 2)["rows"], *table(1, 1)["rows"]]}], "same number"),
    ("same task twice", [{"type": "plan", "title": "p", "tasks": [task(), task()]}], "task_id must be unique"),
    ("status of a task", [task(status="done")], "pending, in_progress, complete, error"),
    ("markdown together", [{"type": "markdown", "text": "x" * 6001}] * 2, "together"),
]


@pytest.mark.parametrize(("blocks", "complaint"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_is_not_taken(blocks: list[Any], complaint: str) -> None:
    """Given blocks that Slack would not take, when they are checked, then the complaint says why."""
    assert any(complaint in one for one in check_message(blocks))


def test_characters_beyond_the_first_plane_count_twice() -> None:
    """Given 75 faces, when they caption a button, then that is too long; 37 are not."""
    assert check_message([actions(button(text=plain("😀" * 37)))]) == []
    assert check_message([actions(button(text=plain("😀" * 75)))]) != []


def test_all_together_may_not_weigh_too_much(client: WebClient) -> None:
    """Given sections within their limits, when together they are over 13,200 characters, then that is too long."""
    fits, too_much = [section(text=said(2400))] * 5, [section(text=said(2700))] * 5
    assert total(fits) < 13_200 < total(too_much)
    assert client.chat_postMessage(channel="C1", text="x", blocks=fits)["ok"]
    answer = refused(client.chat_postMessage, channel="C1", text="x", blocks=too_much)
    assert answer["error"] == "msg_blocks_too_long"


def test_refused_blocks_are_told_as_slack_tells_them(client: WebClient) -> None:
    """Given a section that is too long, when it is posted, then response_metadata has an [ERROR] with the place."""
    answer = refused(client.chat_postMessage, channel="C1", text="x", blocks=[section(text=said(3001))])
    assert answer["error"] == "invalid_blocks"
    message = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {message}"]


def test_blocks_that_are_no_json_have_an_error_of_their_own(client: WebClient) -> None:
    """Given broken JSON, when it is posted as blocks, then the format is invalid."""
    answer = refused(client.api_call, "chat.postMessage", data={"channel": "C1", "text": "x", "blocks": "[{"})
    assert answer["error"] == "invalid_blocks_format"


def test_blocks_get_the_ids_that_the_app_left_out(client: WebClient) -> None:
    """Given a button without ids, when it is posted, then Slack gives it some."""
    block = actions({"type": "button", "text": plain("Go")})
    (told,) = client.chat_postMessage(channel="C1", text="x", blocks=[block])["message"]["blocks"]
    assert told["block_id"]
    assert told["elements"][0]["action_id"]


VIEW = {"type": "modal", "title": plain("Run"), "submit": plain("Go"), "close": plain("No"), "blocks": []}


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"title": plain("x" * 25)}, "/view/title/text"),
        ({"submit": plain("x" * 25)}, "/view/submit/text"),
        ({"close": plain("x" * 25)}, "/view/close/text"),
        ({"private_metadata": "x" * 3001}, "/view/private_metadata"),
        ({"callback_id": "x" * 256}, "/view/callback_id"),
        ({"blocks": [{"type": "divider"}] * 101}, "/view/blocks"),
        ({"blocks": [table(1, 1)]}, "/view/blocks/0/type"),
        ({"type": "panel"}, "/view/type"),
    ],
)
def test_views_have_limits_too(changed: dict[str, Any], place: str) -> None:
    """Given a modal that is good, when one part is over its limit, then the complaint names that part."""
    assert check_view(VIEW, "modal") == []
    assert [one for one in check_view({**VIEW, **changed}, "modal") if f"[json-pointer:{place}]" in one]


def test_a_modal_that_asks_needs_a_submit_button() -> None:
    """Given a modal with an input, when it has no submit button, then it is refused."""
    asks = {"type": "input", "label": plain("Who"), "element": {"type": "plain_text_input", "action_id": "who"}}
    view = {**VIEW, "blocks": [asks]}
    assert check_view(view, "modal") == []
    del view["submit"]
    assert check_view(view, "modal") == ["missing required field: submit [json-pointer:/view]"]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "elements", "rows", "options", "block_id", "x"]), inner)
    ),
    max_leaves=12,
)
kinds = st.sampled_from(["section", "actions", "context", "table", "plan", "input", "rich_text", "image", "button"])


@given(kinds, anything, anything)
def test_no_json_breaks_the_checks(kind: str, first: Any, second: Any) -> None:
    """Given whatever JSON, when it is checked as blocks, then complaints come out and no exception."""
    inner = {"type": kind, "action_id": first, "options": second}
    blocks = [
        {"type": kind, "elements": [first, inner], "text": second, "rows": first, "tasks": second, "element": inner}
    ]
    assert check_message(blocks)
    assert json.dumps(check_message(blocks) + check_view({"type": "modal", "blocks": blocks, "title": first}, "modal"))
