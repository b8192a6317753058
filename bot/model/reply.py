"""What Signalbox answers to a command, before any chat has given it a shape."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A sentence or a few."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under columns; every row has as many cells as there are columns."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names with what is known under each."""

    title: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Text whose lines are kept as they are, such as a log."""

    title: str
    text: str


Part = Text | Table | Facts | Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer: its parts, in the order in which they are read."""

    parts: tuple[Part, ...]
