"""Texts and values enter; blocks and elements leave in Slack's own shape, each text within its size.

Texts named mrkdwn must come from `mrkdwn`; everything else is cleaned here and shown without markup.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from bot.chat.slack import sizes
from bot.chat.slack.message import Block
from bot.chat.slack.mrkdwn import cut
from bot.chat.slack.sizes import head, short, units
from bot.chat.text import clean, line

_CONTROL = re.compile("<(?=[!@#]|[A-Za-z]+:)")  # Slack's own sequences begin so


def bare(text: str) -> str:
    """`text` for where Slack reads no markup; what looks like its control sequences gets another bracket."""
    return _CONTROL.sub("\u2039", text)


def plain(text: str, most: int, *, otherwise: str = "\u2013") -> dict[str, Any]:
    """A text object of one line; `otherwise` when nothing can be seen of `text`."""
    return {"type": "plain_text", "text": short(bare(line(text, most)) or otherwise, most), "emoji": False}


def lines(text: str, most: int = sizes.SECTION) -> dict[str, Any]:
    """A text object that keeps its lines; what is left out is counted."""
    shown = bare(clean(text)).strip() or "\u2013"
    if units(shown) > most:
        first = head(shown, most - 40)
        shown = f"{first}\n\u2026 {units(shown) - units(first):,} more characters"
    return {"type": "plain_text", "text": shown, "emoji": False}


def mrkdwn(text: str, most: int = sizes.SECTION) -> dict[str, Any]:
    """A text object with markup, in which Slack makes no links or mentions of its own."""
    return {"type": "mrkdwn", "text": cut(text, most), "verbatim": True}


def section(text: str, accessory: dict[str, Any] | None = None) -> Block:
    """A section of mrkdwn."""
    block: Block = {"type": "section", "text": mrkdwn(text)}
    return {**block, "accessory": accessory} if accessory else block


def said(text: str) -> Block:
    """A section of text without markup."""
    return {"type": "section", "text": lines(text)}


def context(*texts: str) -> Block:
    """Small print, each text mrkdwn."""
    return {"type": "context", "elements": [mrkdwn(text, sizes.FIELD) for text in texts[: sizes.CONTEXT_ELEMENTS]]}


def header(text: str) -> Block:
    """A large line without markup."""
    return {"type": "header", "text": plain(text, sizes.HEADER)}


def divider() -> Block:
    """A line across."""
    return {"type": "divider"}


def actions(elements: Iterable[dict[str, Any]]) -> list[Block]:
    """A row of elements, or nothing when there is none."""
    row = list(elements)[: sizes.ACTIONS]
    return [{"type": "actions", "elements": row}] if row else []


def button(
    label: str, action: str, value: str, *, style: str = "", about: str = "", ask: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A button; `about` tells a screen reader more than the label, `ask` is a `confirm`."""
    made: dict[str, Any] = {"type": "button", "text": plain(label, sizes.BUTTON), "action_id": action, "value": value}
    if style:
        made["style"] = style
    if about:
        made["accessibility_label"] = short(bare(line(about, sizes.BUTTON)) or label, sizes.BUTTON)
    return {**made, "confirm": ask} if ask else made


def confirm(title: str, text: str, yes: str, no: str, *, danger: bool = False) -> dict[str, Any]:
    """The question that is asked before a button does something."""
    return {
        "title": plain(title, sizes.CONFIRM_TITLE),
        "text": lines(text, sizes.CONFIRM_TEXT),
        "confirm": plain(yes, sizes.CONFIRM_BUTTON),
        "deny": plain(no, sizes.CONFIRM_BUTTON),
        "style": "danger" if danger else "primary",
    }


def option(text: str, value: str) -> dict[str, Any]:
    """One choice of a menu; only for values that `fits`."""
    return {"text": plain(text, sizes.OPTION), "value": value}


def fits(value: str) -> bool:
    """Whether a menu can carry this value: a cut one would mean something else."""
    return 0 < units(value) <= sizes.OPTION_VALUE


def options(values: Sequence[str]) -> list[dict[str, Any]]:
    """The choices of a menu for values that show themselves; at most as many as Slack takes, each once."""
    return [option(value, value) for value in dict.fromkeys(values) if fits(value)][: sizes.OPTIONS]


def table(rows: Sequence[Sequence[str]]) -> Block:
    """A table whose first row names the columns."""
    cells = [[{"type": "raw_text", "text": plain(cell, sizes.CELL)["text"]} for cell in row] for row in rows]
    return {"type": "table", "rows": cells, "column_settings": [{"is_wrapped": True} for _ in rows[0]]}
