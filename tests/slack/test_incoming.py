"""Slack's own request bodies go in; what concerns us comes out as one value, everything else as nothing."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.slack.incoming import from_command, from_event, from_interaction, typed
from bot.model.incoming import Incoming, IncomingKind

PAYLOADS = Path(__file__).parents[1] / "fake_slack" / "payloads"
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def body(name: str) -> dict[str, Any]:
    """One of the recorded bodies."""
    text = next(PAYLOADS.glob(f"{name}*")).read_text().strip()
    return json.loads(text) if text.startswith("{") else dict(parse_qsl(text, keep_blank_values=True))


def test_a_slash_command() -> None:
    """Ids, text, and where to answer."""
    assert from_command(body("slash_command")) == Incoming(
        id="command:111.111.xxx",
        kind=IncomingKind.COMMAND,
        team="T111",
        user="W111",
        channel="C111",
        text="Hi",
        trigger="111.111.xxx",
        response_url="https://hooks.slack.com/commands/T111/111/xxxxx",
    )


def test_a_mention() -> None:
    """Without the mention itself; the answer begins a thread at the message."""
    found = from_event(body("app.app_mention"))
    assert found == Incoming(
        id="event:Ev111",
        kind=IncomingKind.MENTION,
        team="T111",
        user="W222",
        channel="C111",
        thread="1595926230.009600",
        text="Hi there!",
    )


def test_a_mention_in_a_thread_stays_there() -> None:
    """The thread of the message, not the message itself."""
    said = body("app.app_mention")
    said["event"]["thread_ts"] = "1595900000.000100"
    found = from_event(said)
    assert found is not None
    assert found.thread == "1595900000.000100"


def test_a_reaction() -> None:
    """The message that it was put on, and the emoji without the tone of skin; what is no message is left out."""
    said = body("app.app_mention")
    item = {"type": "message", "channel": "C111", "ts": "1595926230.009600"}
    said["event"] = {"type": "reaction_added", "user": "W222", "reaction": "wave::skin-tone-3", "item": item}
    assert from_event(said) == Incoming(
        id="event:Ev111",
        kind=IncomingKind.REACTION,
        team="T111",
        user="W222",
        channel="C111",
        action="wave",
        value="1595926230.009600",
    )
    for other in ({}, {"type": "file", "file": "F1"}, {**item, "ts": "../x"}, {**item, "ts": None}):
        said["event"]["item"] = other
        assert from_event(said) is None


def test_another_bot_is_not_listened_to() -> None:
    """Two bots must not talk to each other for ever; one that means us by name is told apart from people."""
    mention = body("app.app_mention")
    mention["event"]["bot_id"] = "B9"
    meant = from_event(mention)
    assert meant is not None
    assert meant.bot
    said = body("message_bot")
    assert from_event(said) is None
    said["event"]["channel_type"] = "im"
    assert from_event(said) is None
    del said["event"]["bot_id"]
    found = from_event(said)
    assert found is not None
    assert (found.kind, found.text) == (IncomingKind.MENTION, "Hi there! Thanks for sharing the info!")


def test_a_button() -> None:
    """Its name and value, and whose press it was."""
    found = from_interaction(body("block_actions"))
    assert found is not None
    assert (found.kind, found.action, found.value, found.user) == (IncomingKind.BUTTON, "a", "click_me_123", "W111")
    assert found.id == "button:111.222.valid:1596530385.194939"
    assert found.at == 1596530385.194939
    assert (found.team, found.channel, found.thread) == ("T111", "C111", "")
    assert found.response_url == "https://hooks.slack.com/actions/T111/111/random-value"


@pytest.mark.parametrize(("ts", "thread", "where"), [("5.1", "5.1", ""), ("5.2", "5.1", "5.1"), ("5.1", None, "")])
def test_a_button_answers_where_its_message_stands(ts: str, thread: str | None, where: str) -> None:
    """A card at whose thread others hang stands in the channel; what is inside a thread stays in it."""
    pressed = body("block_actions")
    pressed["message"] = {"ts": ts, **({"thread_ts": thread} if thread else {})}
    found = from_interaction(pressed)
    assert found is not None
    assert found.thread == where


def test_a_search_among_choices() -> None:
    """What was typed so far, and the form as it stands."""
    found = from_interaction(body("block_suggestion"))
    assert found is not None
    assert (found.kind, found.action, found.text) == (IncomingKind.CHOICES, "es_a", "search word")
    assert found.view["id"] == "V111"


def test_a_form_that_is_sent_in() -> None:
    """The same form is one submission, however often it is told; another state of it is another."""
    found = from_interaction(body("view_submission"))
    assert found is not None
    assert (found.kind, found.action) == (IncomingKind.SUBMISSION, "view-id")
    assert found.id == "submission:V111:1596530361.3wRYuk3R"
    assert found.state["hspI"]["maBWU"]["value"] == "test"


def test_a_global_shortcut() -> None:
    """There is no channel."""
    found = from_interaction(body("shortcut.global"))
    assert found is not None
    assert (found.kind, found.action, found.channel) == (IncomingKind.SHORTCUT, "test-shortcut", "")
    assert found.trigger == "111.111.xxxxxx"


def test_a_message_shortcut() -> None:
    """The message's text, and a thread at it."""
    found = from_interaction(body("shortcut.message"))
    assert found is not None
    assert (found.kind, found.text, found.channel) == (IncomingKind.MESSAGE_SHORTCUT, "test", "C111")
    assert found.thread == "1583636382.000300"


def test_an_alert_may_say_it_in_attachments_only() -> None:
    """Alertmanager and others leave the text empty."""
    said = body("shortcut.message")
    said["message"] |= {
        "text": "",
        "attachments": [{"title": "[FIRING:1] DiskFull", "fallback": "no", "text": "web1 is 97 % full"}, 7, {"x": 1}],
    }
    found = from_interaction(said)
    assert found is not None
    assert found.text == "[FIRING:1] DiskFull\nweb1 is 97 % full"


@pytest.mark.parametrize("name", ["block_actions", "view_submission", "shortcut.global", "shortcut.message"])
def test_what_cannot_be_told_from_a_repetition_is_nothing(name: str) -> None:
    """Without Slack's own id two acts would look like one."""
    said = body(name)
    del said["trigger_id"]
    assert from_interaction(said) is None


def test_a_command_and_an_event_without_id_are_nothing() -> None:
    """The same for the others."""
    command, event = body("slash_command"), body("app.app_mention")
    del command["trigger_id"], event["event_id"]
    assert from_command(command) is None
    assert from_event(event) is None


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        ("<@U0BOT> run ping", "run ping"),
        ("<@U0BOT|signalbox> run ping", "run ping"),
        ("open &lt;this&gt; &amp;amp; that", "open <this> &amp; that"),
        ("check <https://a.example/x|a.example/x> now", "check a.example/x now"),
        ("check <https://a.example/x>", "check https://a.example/x"),
        ("mail <mailto:a@b.example|a@b.example>", "mail a@b.example"),
        ("  run  ping ", "run  ping"),
        ("<@U0BOT> incident 1 assign <@U2|ben>", "incident 1 assign slack:U2"),
        ("incident 1 ASSIGN <@W2>", "incident 1 ASSIGN slack:W2"),
    ],
)
def test_what_was_typed_is_what_was_meant(shown: str, meant: str) -> None:
    """Slack escapes, and makes links of what looks like one."""
    assert typed(shown) == meant


READERS: tuple[tuple[str, Callable[[dict[str, Any]], Incoming | None]], ...] = (
    ("slash_command", from_command),
    ("app.app_mention", from_event),
    ("message_bot", from_event),
    ("block_actions", from_interaction),
    ("block_suggestion", from_interaction),
    ("view_submission", from_interaction),
    ("shortcut.global", from_interaction),
    ("shortcut.message", from_interaction),
)


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        found += _paths(inner, (*at, name))
    return found


@given(data=st.data())
def test_nothing_strange_in_a_body_is_an_error(data: st.DataObject) -> None:
    """Any part of a real body may be anything: a value comes out, or nothing."""
    name, reader = data.draw(st.sampled_from(READERS))
    said = copy.deepcopy(body(name))
    path = data.draw(st.sampled_from(_paths(said)))
    place = said
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = data.draw(JSON_VALUES)
    found = reader(said)
    assert found is None or all(isinstance(part, str) for part in (found.id, found.user, found.text, found.channel))


def test_half_a_surrogate_pair_can_be_stored() -> None:
    """JSON may hold what UTF-8 cannot."""
    said = body("app.app_mention")
    said["event"]["text"] = "run \ud800 ping"
    found = from_event(said)
    assert found is not None
    assert found.text.encode()
