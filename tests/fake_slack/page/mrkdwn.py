"""Slack's own markup: text enters, HTML leaves; whatever the text holds, it stays text."""

import html
import re

_TOKEN = re.compile(r"<([^<>]+)>")
_FENCE = re.compile(r"```\n?(.*?)```", re.DOTALL)
_MARKS = (
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"), r"<i>\1</i>"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])"), r"<s>\1</s>"),
    (re.compile(r"^&gt; ?(.*)$", re.MULTILINE), r"<blockquote>\1</blockquote>"),
)
_NAMES = {"white_check_mark": "✅", "x": "❌", "warning": "⚠️", "hourglass_flowing_sand": "⏳", "no_entry": "⛔"}


def plain(text: str) -> str:
    """Plain text as HTML; entities that Slack wants are undone first."""
    return html.escape(html.unescape(text))


def mrkdwn(text: str) -> str:
    """Marked-up text as HTML."""
    pieces = re.split(r"(```.*?```|`[^`\n]+`)", text, flags=re.DOTALL)
    return "".join(_code(piece) if index % 2 else _prose(piece) for index, piece in enumerate(pieces))


def _code(piece: str) -> str:
    fenced = _FENCE.fullmatch(piece)
    if fenced:
        return f"<pre>{plain(fenced[1])}</pre>"
    return f"<code>{plain(piece.strip('`'))}</code>"


def _prose(piece: str) -> str:
    parts = _TOKEN.split(piece)
    drawn = "".join(_link(part) if index % 2 else plain(part) for index, part in enumerate(parts))
    for mark, replacement in _MARKS:
        drawn = mark.sub(replacement, drawn)
    drawn = re.sub(r":([a-z_0-9]+):", lambda found: _NAMES.get(found[1], found[0]), drawn)
    return drawn.replace("\n", "<br>")


def _link(inside: str) -> str:
    """What stands between angle brackets: a person, a channel, an address, or one of Slack's commands."""
    target, _, label = inside.partition("|")
    if target.startswith(("@", "#")):
        return f'<span class="mention">{plain(label or target)}</span>'
    if target.startswith("!date^"):
        return plain(label)
    if target.startswith("!"):
        return f'<span class="mention loud">@{plain(target[1:])}</span>'
    if target.startswith(("http://", "https://", "mailto:")):
        return f'<a href="{plain(target)}">{plain(label or target)}</a>'
    return plain(f"<{inside}>")
