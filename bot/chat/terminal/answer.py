"""A Reply enters; it leaves as a rich renderable, as plain lines, or as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.cells import cell_len
from rich.text import Text as RichText

from bot.chat.terminal.sheet import Ink, Sheet
from bot.chat.text import clean, line
from bot.model.codec import to_plain
from bot.model.reply import Block, Facts, Part, Reply, Table, Text

CELL_CHARACTERS = 200
FACT_CHARACTERS = 2_000
GAP = "  "
LEAST_COLUMN = 6
WRAPPED_LINES = 200
"""The most lines that one text, fact or line of a block may take on the screen."""


def reply_renderable(reply: Reply, width: int) -> Sheet:
    """The answer in lines of at most `width` cells; texts are wrapped, cells of tables cut where they must be."""
    return Sheet(lambda ink: _rendered(ink, reply), width)


def reply_lines(reply: Reply) -> list[str]:
    """The answer as plain lines, nothing cut to a width; columns of tables stand under one another."""
    lines: list[str] = []
    for part in reply.parts:
        lines += ["", *_plain(part)] if lines else _plain(part)
    return lines


def reply_json(reply: Reply) -> dict[str, Any]:
    """The answer as JSON knows it: `type` is `reply`, `text` all of it as plain text, `parts` with their `kind`."""
    parts = [{"kind": type(part).__name__.lower(), **to_plain(part)} for part in reply.parts]
    return {"type": "reply", "text": "\n".join(reply_lines(reply)), "parts": parts}


def _plain(part: Part) -> list[str]:
    match part:
        case Text():
            return clean(part.text).split("\n")
        case Table():
            rows = _cells(part)
            widths = _widths(rows)
            return [*_title(part.title), *(_aligned(row, widths) for row in rows)]
        case Facts():
            pairs = _pairs(part)
            name_width = max((cell_len(name) for name, _ in pairs), default=0)
            return [*_title(part.title), *(f"{_pad(name, name_width)}{GAP}{value}".rstrip() for name, value in pairs)]
        case Block():
            return [*_title(part.title), *clean(part.text).rstrip("\n").split("\n")]


def _rendered(ink: Ink, reply: Reply) -> Iterator[RichText]:
    for number, part in enumerate(reply.parts):
        if number:
            yield ink.write("")
        if not isinstance(part, Text) and part.title:
            yield ink.write(line(part.title), "bold")
        yield from _body(ink, part)


def _body(ink: Ink, part: Part) -> Iterator[RichText]:
    match part:
        case Text():
            yield from ink.wrap(part.text, "", WRAPPED_LINES)
        case Table():
            yield from _table(ink, part)
        case Facts():
            yield from _facts(ink, part)
        case Block():
            for one in clean(part.text).rstrip("\n").split("\n"):
                yield from ink.wrap(one, "", WRAPPED_LINES) if one.strip() else [ink.write("")]


def _table(ink: Ink, table: Table) -> Iterator[RichText]:
    rows = [tuple(ink.plain(cell) for cell in row) for row in _cells(table)]
    widths = _shrunk(_widths(rows), ink.width)
    for number, row in enumerate(rows):
        cells = [ink.fit(cell, width) for cell, width in zip(row, widths, strict=True)]
        yield ink.write(_aligned(cells, widths), "" if number else "bold")


def _facts(ink: Ink, part: Facts) -> Iterator[RichText]:
    pairs = [(ink.plain(name), value) for name, value in _pairs(part)]
    name_width = min(max((cell_len(name) for name, _ in pairs), default=0), ink.width // 3)
    for name, value in pairs:
        margin = " " * (name_width + len(GAP))
        wrapped = list(ink.wrap(value, margin, WRAPPED_LINES)) or [ink.write(margin)]
        label = ink.pad(ink.fit(name, name_width), name_width)
        yield ink.row((label + GAP, "bold"), (wrapped[0].plain[len(margin) :], ""))
        yield from wrapped[1:]


def _title(title: str) -> list[str]:
    return [line(title)] if title else []


def _pairs(part: Facts) -> list[tuple[str, str]]:
    return [(line(name, CELL_CHARACTERS), line(value, FACT_CHARACTERS)) for name, value in part.pairs]


def _cells(table: Table) -> list[tuple[str, ...]]:
    """Columns' names and rows, cleaned, every row as long as the names."""
    length = len(table.columns)
    rows = [table.columns, *table.rows]
    return [tuple(line(cell, CELL_CHARACTERS) for cell in (*row, *("",) * length)[:length]) for row in rows]


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(cell_len(cell) for cell in column) for column in zip(*rows, strict=True)]


def _shrunk(widths: list[int], width: int) -> list[int]:
    """Widths of columns that fit into `width` where that can be: the widest give way first."""
    shrunk, room = list(widths), width - len(GAP) * (len(widths) - 1)
    while shrunk and sum(shrunk) > room and max(shrunk) > LEAST_COLUMN:
        shrunk[shrunk.index(max(shrunk))] -= 1
    return shrunk


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return GAP.join(_pad(cell, width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _pad(text: str, width: int) -> str:
    return text + " " * max(0, width - cell_len(text))
