"""What a reader of Slack sees and what Slack refuses: the judges of these tests, none of it our own code."""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.chat.slack.message import Message
from tests.fake_slack.blocks import check_message, check_view, total
from tests.fake_slack.page.mrkdwn import mrkdwn as drawn

OURS = re.compile(r"<@[UW][A-Z0-9]+>|<!date\^\d+\^[^<>|]+\|[0-9: -]+>")
"""The only sequences in angle brackets that we write ourselves."""
INVISIBLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def texts(node: Any, kind: str = "") -> Iterator[tuple[str, str]]:
    """Every text below `node` with the kind of object it stands in: mrkdwn, plain_text or raw_text."""
    if isinstance(node, Mapping):
        kind = str(node.get("type", ""))
        for name, value in node.items():
            if name == "text" and isinstance(value, str):
                yield kind, value
            elif not isinstance(value, str):
                yield from texts(value)
    elif isinstance(node, list | tuple):
        for one in node:
            yield from texts(one)


def read(node: Any) -> str:
    """All that can be read in a message or in blocks, as people would see it, without any markup."""
    blocks = node.blocks if isinstance(node, Message) else node
    return "\n".join(seen(text) if kind == "mrkdwn" else text for kind, text in texts(blocks))


def seen(mrkdwn: str) -> str:
    """Marked-up text as people see it."""
    return html.unescape(re.sub("<[^<>]*>", "", drawn(mrkdwn).replace("<br>", "\n")))


def buttons(message: Message) -> list[str]:
    """The labels of a message's buttons."""
    return [each["text"]["text"] for each in elements(message.blocks, "button")]


def elements(blocks: Any, kind: str) -> list[dict[str, Any]]:
    """All elements of one type in blocks."""
    inside = [
        each for block in blocks for each in (*block.get("elements", ()), block.get("accessory"), block.get("element"))
    ]
    return [each for each in inside if each and each.get("type") == kind]


def assert_sound(message: Message) -> None:
    """A message that Slack takes, and in which nothing acts but what we wrote."""
    blocks = [dict(block) for block in message.blocks]
    assert check_message(blocks) == []
    assert total(blocks) <= 12_000
    assert 0 < len(message.text) <= 4_000
    assert_harmless([*texts(blocks), ("mrkdwn", message.text)])


def assert_sound_view(view: dict[str, Any]) -> None:
    """A view that Slack takes, and in which nothing acts but what we wrote."""
    assert check_view(view, "modal", "home") == []
    assert_harmless(texts(view))


def assert_harmless(found: Any) -> None:
    """No mention, link, half an entity, open fence or invisible character in any text."""
    for kind, text in found:
        assert not INVISIBLE.search(text), text
        if kind == "mrkdwn":
            rest = OURS.sub("", text)
            assert "<" not in rest, text
            assert ">" not in rest, text
            assert not re.search("&(?!amp;|lt;|gt;)", rest), text
            assert rest.count("```") % 2 == 0, text
        else:
            assert not re.search("<[!@#]", text), text
