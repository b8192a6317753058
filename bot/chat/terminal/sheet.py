"""Lines of text with styles enter; a rich renderable leaves whose lines never are wider than asked.

Text is never read as markup. On a terminal that does not speak UTF-8, and where asked, everything is written in ASCII.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len, get_character_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from bot.chat.text import clean

LEAST_WIDTH = 20


@dataclass(frozen=True, slots=True)
class Ink:
    """How to write on this terminal: how wide, and whether in ASCII only."""

    width: int
    ascii_only: bool = False

    def mark(self, symbol: str, instead: str = "") -> str:
        """A symbol, or what stands for it in ASCII."""
        return instead if self.ascii_only else symbol

    def plain(self, text: str) -> str:
        """`text`, which must be clean, as this terminal can show it."""
        return text.encode("ascii", "replace").decode() if self.ascii_only else text

    def write(self, text: str, style: str = "") -> Text:
        """One line, cut to the width."""
        return Text(self.fit(self.plain(text), self.width), style=style, no_wrap=True, overflow="crop", end="\n")

    def row(self, *parts: tuple[str, str]) -> Text:
        """One line of (text, style) parts, cut to the width."""
        made, left = Text(no_wrap=True, overflow="crop", end="\n"), self.width
        for text, style in parts:
            piece = self.fit(self.plain(text), left)
            made.append(piece, style=style or None)
            left -= cell_len(piece)
        return made

    def fit(self, text: str, width: int) -> str:
        """The first `width` cells of a line; dots say that there is more."""
        if cell_len(text) <= width:
            return text
        return _head(text, width - 3).rstrip() + "..."[: max(0, width)]

    def pad(self, text: str, width: int) -> str:
        """`text` filled up with spaces to `width` cells."""
        return text + " " * max(0, width - cell_len(text))

    def wrap(self, text: str, indent: str, most: int, style: str = "") -> Iterator[Text]:
        """A text of any length as at most `most` lines; dots at the end of the last when there is more."""
        lines = list(_folded(self.plain(clean(text[: self.width * most * 8])), self.width - len(indent), most + 1))
        for number, folded in enumerate(lines[:most], start=1):
            more = " ..." if number == most and len(lines) > most else ""
            yield self.write(indent + self.fit(folded, self.width - len(indent) - len(more)) + more, style)


def _head(text: str, width: int) -> str:
    """As many characters as fit into `width` cells."""
    cells = 0
    for number, character in enumerate(text):
        cells += get_character_cell_size(character)
        if cells > width:
            return text[:number]
    return text


def _folded(text: str, width: int, most: int) -> Iterator[str]:
    """At most `most` lines of `width` cells, empty ones left out, broken at spaces where there are some."""
    width = max(width, 2)  # the widest characters take two cells
    made = 0
    for source in text.split("\n"):
        rest = source.rstrip()
        while rest.strip() and made < most:
            head = _head(rest, width)
            cut = head.rfind(" ", 1)
            if len(head) < len(rest) and rest[len(head)] != " " and cut > width // 2:
                head = head[:cut]
            yield head
            made += 1
            rest = rest[len(head) :].lstrip(" ")


class Sheet:
    """A renderable of lines that are made when the terminal is known; at most `height` lines when that is given."""

    def __init__(self, make: Callable[[Ink], Iterable[Text]], width: int, height: int | None = None) -> None:
        self._make = make
        self._width = width
        self._height = height

    def lines(self, *, ascii_only: bool = False, width: int | None = None) -> list[Text]:
        """The lines as they would be rendered."""
        ink = Ink(max(LEAST_WIDTH, width or self._width), ascii_only)
        made = list(self._make(ink))
        if self._height is None or len(made) <= self._height:
            return made
        hidden = len(made) - self._height + 1
        return [*made[: self._height - 1], ink.write(f"and {hidden} more lines", "dim")][: self._height]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self.lines(ascii_only=options.ascii_only, width=min(self._width, options.max_width))
