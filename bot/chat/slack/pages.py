"""A part of a Reply enters; blocks leave that show all of it, none of them too large for a page."""

from collections.abc import Iterator, Sequence

from bot.chat.slack import sizes
from bot.chat.slack.message import Block
from bot.chat.slack.mrkdwn import code, fenced, literal, sentence, split, words
from bot.chat.slack.parts import header, section, table
from bot.chat.slack.sizes import weight
from bot.chat.text import line
from bot.model.reply import Block as Lines
from bot.model.reply import Facts, Part, Table, Text

PIECE = 2_400
"""Characters of text in one block: three of these, in any script, are less than a message."""
TABLE_BYTES = 8_000
CELL_CHARACTERS = 200
ROW_CHARACTERS = 1_200
"""All cells of a row together: the names and one row always fit on a page."""
FACT_CHARACTERS = 2_000
PLAIN_COLUMNS = 2
"""A table of so few columns is written as lines, which a narrow screen shows better."""


def blocks_of(part: Part) -> Iterator[Block]:
    """The part as blocks, its title first."""
    if not isinstance(part, Text) and line(part.title):
        yield header(part.title)
    match part:
        case Text():
            yield from _sections(sentence(part.text))
        case Facts():
            yield from _sections("\n".join(_fact(name, value) for name, value in part.pairs))
        case Lines():
            yield from _sections(fenced(part.text))
        case Table():
            yield from _table(part)


def _sections(text: str) -> Iterator[Block]:
    return (section(piece) for piece in split(text, PIECE))


def _fact(name: str, value: str) -> str:
    return f"*{words(name, 80) or chr(8211)}*: {sentence(line(value, FACT_CHARACTERS))}"


def _table(part: Table) -> Iterator[Block]:
    if not part.rows:
        yield section("No rows.")
    elif len(part.columns) <= PLAIN_COLUMNS:
        yield from _sections("\n".join(_row_line(row) for row in part.rows))
    else:
        yield from _tables(part)


def _row_line(row: Sequence[str]) -> str:
    first, *others = [*row, ""]
    told = " \u00b7 ".join(literal(line(cell, FACT_CHARACTERS)) for cell in others if line(cell))
    return f"{code(first, CELL_CHARACTERS)} {told}".rstrip()


def _tables(part: Table) -> Iterator[Block]:
    """Tables of as many rows as fit, each under the names of the columns."""
    names = _cells(part.columns)
    rows, size = [names], weight(table([names]))
    for row in map(_cells, part.rows):
        bytes_ = weight(table([row]))
        if len(rows) > 1 and (size + bytes_ > TABLE_BYTES or len(rows) >= sizes.TABLE_ROWS):
            yield table(rows)
            rows, size = [names], weight(table([names]))
        rows.append((*row, *("",) * len(names))[: len(names)])
        size += bytes_
    yield table(rows)


def _cells(row: Sequence[str]) -> tuple[str, ...]:
    """The cells that a table can have; when there are more columns the last cell holds the rest of the row."""
    most = min(CELL_CHARACTERS, ROW_CHARACTERS // max(1, len(row)))
    if len(row) <= sizes.TABLE_COLUMNS:
        return tuple(line(cell, most) for cell in row)
    most = ROW_CHARACTERS // sizes.TABLE_COLUMNS
    first, rest = row[: sizes.TABLE_COLUMNS - 1], row[sizes.TABLE_COLUMNS - 1 :]
    return (*(line(cell, most) for cell in first), line(", ".join(rest), most))
