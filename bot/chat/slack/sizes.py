"""Texts and blocks enter; how large Slack takes them for leaves, and Slack's limits stand here."""

import json
from typing import Any

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
TOTAL_BYTES = 12_000
"""All blocks of a message, as JSON in UTF-8. Slack tells no rule: it refused 13,297 characters of one text, and blocks
with 11,341 characters of text in many small pieces. Whatever it counts, it is no more than these bytes."""
TEXT = 3_900
SECTION = 3_000
FIELD = 2_000
FIELDS = 10
HEADER = 150
CONTEXT_ELEMENTS = 10
ACTIONS = 25
BUTTON = 75
BUTTON_VALUE = 2_000
IDENTIFIER = 255
OPTION = 75
OPTION_VALUE = 150
OPTIONS = 100
TICKS = 10
PLACEHOLDER = 150
LABEL = 2_000
INPUT = 3_000
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
VIEW_TITLE = 24
PRIVATE_METADATA = 3_000
TABLE_ROWS = 100
TABLE_COLUMNS = 20
CELL = 1_000


def units(text: str) -> int:
    """Characters as JavaScript counts them (UTF-16): never fewer than Python's."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def head(text: str, most: int) -> str:
    """The first `most` units of `text`, no character halved."""
    if len(text) <= most and units(text) <= most:
        return text
    return text[:most].encode("utf-16-le", "replace")[: most * 2].decode("utf-16-le", "ignore")


def short(text: str, most: int) -> str:
    """`text` in at most `most` units, three dots where it was cut."""
    return text if units(text) <= most else head(text, most - 1).rstrip() + "\u2026"


def weight(blocks: Any) -> int:
    """Bytes of one block or of several, as they are sent."""
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))
