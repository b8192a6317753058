"""Any blocks enter; blocks that Slack takes leave, in their order, with a line that says what had to be left out.

Buttons go before text: a message that is too large loses text first, from its end. Blocks of types that we never send
are left out, for nobody could say what they do to the sizes.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.chat.slack import elements, sizes
from bot.chat.slack.fitters import Fitter, Loss, many, one_of, plain, shape, string, text, typed, whether
from bot.chat.slack.message import Block, Message
from bot.chat.slack.mrkdwn import cut
from bot.chat.slack.parts import context, lines
from bot.chat.slack.sizes import head, units, weight

NOTE_BYTES = 400
LEAST_TEXT = 200
"""A text is not worth showing in less room than this."""

_ANY = ("plain_text", "mrkdwn")
_TEXTS: dict[str, Fitter] = {kind: text(sizes.FIELD, kind) for kind in _ANY}
_ID = {"block_id": string(sizes.IDENTIFIER)}
_CELL = shape("raw_text", {"text": lambda value, _: lines(value, sizes.CELL)["text"] if _is_text(value) else None}, {})


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _row(value: Any, loss: Loss) -> Any:
    """Cells in their columns: one that can't be shown is a dash, so that none moves."""
    cells = value if isinstance(value, list | tuple) else ()
    loss["cells"] += max(0, len(cells) - sizes.TABLE_COLUMNS)
    dash = {"type": "raw_text", "text": "\u2013"}
    return [_CELL(cell, loss) or dash for cell in cells[: sizes.TABLE_COLUMNS]] or None


def _said(block: Any) -> Any:
    return block if block.get("text") or block.get("fields") else None


def _even(block: Any) -> Any:
    """A table whose rows are all as long as the first."""
    width = len(block["rows"][0])
    dash = {"type": "raw_text", "text": "\u2013"}
    return {**block, "rows": [[*row, *[dash] * width][:width] for row in block["rows"]]}


def _distinct(block: Any) -> Any:
    """A row of elements in which no action stands twice."""
    by_action = {element.get("action_id"): element for element in reversed(block["elements"])}
    return {**block, "elements": list(reversed(by_action.values()))}


_COLUMN = shape("", {}, {"align": one_of("left", "center", "right"), "is_wrapped": whether})
_BLOCKS: dict[str, Fitter] = {
    "section": shape(
        "section",
        {},
        {
            **_ID,
            "text": text(sizes.SECTION, *_ANY),
            "fields": many(text(sizes.FIELD, *_ANY), sizes.FIELDS, "fields"),
            "accessory": elements.accessory,
        },
        _said,
    ),
    "header": shape("header", {"text": plain(sizes.HEADER)}, _ID),
    "divider": shape("divider", {}, _ID),
    "context": shape("context", {"elements": many(typed(_TEXTS), sizes.CONTEXT_ELEMENTS, "texts")}, _ID),
    "actions": shape("actions", {"elements": many(elements.acting, sizes.ACTIONS, "buttons")}, _ID, _distinct),
    "table": shape(
        "table",
        {"rows": many(_row, sizes.TABLE_ROWS, "rows")},
        {**_ID, "column_settings": many(_COLUMN, sizes.TABLE_COLUMNS, "columns")},
        _even,
    ),
    "input": shape(
        "input",
        {"label": plain(sizes.LABEL), "element": elements.asking},
        {**_ID, "hint": plain(sizes.LABEL), "optional": whether, "dispatch_action": whether},
    ),
}
_IN_MESSAGE = typed(_BLOCKS, "section", "header", "divider", "context", "actions", "table")
_IN_VIEW = typed(_BLOCKS, "section", "header", "divider", "context", "actions", "input")


def message(said: str, blocks: Iterable[Any], metadata: Mapping[str, Any] | None = None) -> Message:
    """A Message within all of Slack's sizes; `said` is mrkdwn."""
    return Message(text=cut(said, sizes.TEXT), blocks=fit(blocks), metadata=metadata)


def fit(blocks: Iterable[Any]) -> tuple[Block, ...]:
    """Blocks that a message can hold."""
    loss = Loss()
    fitted = _each(blocks, _IN_MESSAGE, loss)
    fitted = _counted(_one_table(fitted, loss), sizes.MESSAGE_BLOCKS, loss)
    return _noted(_weighed(fitted, loss), loss)


def fit_view(blocks: Iterable[Any]) -> tuple[Block, ...]:
    """Blocks that a modal or a home tab can hold."""
    loss = Loss()
    fitted = _each(blocks, _IN_VIEW, loss)
    return _noted(_counted(fitted, sizes.VIEW_BLOCKS, loss), loss)


def _each(blocks: Iterable[Any], fitter: Fitter, loss: Loss) -> list[Block]:
    """Every block by itself; a name that another block has already is taken away."""
    fitted: list[Block] = []
    names: set[str] = set()
    for block in blocks:
        made = fitter(block, loss)
        if made is None:
            loss["blocks"] += 1
            continue
        if made.get("block_id") in names:
            del made["block_id"]
        names.add(made.get("block_id", ""))
        fitted.append(made)
    return fitted


def _one_table(blocks: Sequence[Block], loss: Loss) -> list[Block]:
    tables = [block for block in blocks if block["type"] == "table"]
    loss["tables"] += max(0, len(tables) - 1)
    return [block for block in blocks if block["type"] != "table" or block is tables[0]]


def _counted(blocks: list[Block], most: int, loss: Loss) -> list[Block]:
    """As many blocks as may be, one place kept for the note; rows of buttons stay."""
    if len(blocks) + bool(+loss) <= most:
        return blocks
    kept = {id(block) for block in sorted(blocks, key=_less_needed)[: most - 1]}
    loss["blocks"] += len(blocks) - len(kept)
    return [block for block in blocks if id(block) in kept]


def _less_needed(block: Block) -> bool:
    return bool(block["type"] != "actions")


def _weighed(blocks: list[Block], loss: Loss) -> list[Block]:
    """As much as may be sent together: first the buttons, then what stands above."""
    if weight(blocks) <= sizes.TOTAL_BYTES - NOTE_BYTES:
        return blocks
    left = sizes.TOTAL_BYTES - NOTE_BYTES
    kept: dict[int, Block] = {}
    for at, block in sorted(enumerate(blocks), key=lambda pair: _less_needed(pair[1])):
        made = block if weight(block) < left else _shortened(block, left - 1, loss)
        if made is None:
            loss["blocks"] += 1
        else:
            kept[at] = made
            left -= weight(made) + 1
    return [kept[at] for at in sorted(kept)]


def _shortened(block: Block, room: int, loss: Loss) -> Block | None:
    """A block of at most `room` bytes with the first part of its text or rows; None when that is too little."""
    if block["type"] == "table":
        return _fewer_rows(block, room, loss)
    if block["type"] != "section" or "text" not in block:
        return None
    said = block["text"]
    size = units(said["text"])
    while weight(block) > room:
        size = min(size, room) * 3 // 4
        if size < LEAST_TEXT:
            return None
        block = {**block, "text": {**said, "text": _first(said, size)}}
    return block


def _first(said: Mapping[str, Any], size: int) -> str:
    """The text without the end; the characters left out are counted."""
    whole = said["text"]
    if said["type"] == "mrkdwn":
        return cut(whole, size)
    first = head(whole, size - 40)
    return f"{first}\n\u2026 {units(whole) - units(first):,} more characters"


def _fewer_rows(block: Block, room: int, loss: Loss) -> Block | None:
    rows = list(block["rows"])
    while len(rows) > 1 and weight({**block, "rows": rows}) > room:
        del rows[len(rows) * 3 // 4 or 1 :]
    if weight({**block, "rows": rows}) > room:
        return None
    loss["rows"] += len(block["rows"]) - len(rows)
    return {**block, "rows": rows}


def _noted(blocks: list[Block], loss: Loss) -> tuple[Block, ...]:
    """The blocks with a line that says what was left out, above the buttons at the end."""
    missing = ", ".join(f"{count:,} {what}" for what, count in (+loss).items())
    if not missing:
        return tuple(blocks)
    end = len(blocks) - (1 if blocks and blocks[-1]["type"] == "actions" else 0)
    note = context(f"Left out, because Slack takes no more here: {missing}.")
    return (*blocks[:end], note, *blocks[end:])
