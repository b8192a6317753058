"""What a program writes to a terminal enters; lines with their colors leave, also those that scrolled away."""

from rich.ansi import AnsiDecoder
from rich.style import Style
from rich.text import Text

from tests.chat.screen import Screen


class Painted(Screen):
    """A screen that keeps colors, and what scrolled off its top."""

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__(rows, columns)
        self.gone: list[Text] = []
        self._styles: list[list[Style]] = [[Style.null()] * columns for _ in range(rows)]
        self._style = Style.null()

    @property
    def lines(self) -> list[Text]:
        """What can be seen, without the empty lines at the end."""
        lines = [self._painted(number) for number in range(len(self.rows))]
        while lines and not lines[-1].plain:
            lines.pop()
        return lines

    def _painted(self, number: int) -> Text:
        text = Text()
        for character, style in zip(self.rows[number], self._styles[number], strict=True):
            text.append(character, style)
        text.rstrip()
        return text

    def _down(self) -> None:
        if self.row + 1 == len(self.rows):
            self.gone.append(self._painted(0))
            self._styles = [*self._styles[1:], [Style.null()] * self._columns]
        super()._down()

    def _put(self, character: str) -> None:
        super()._put(character)  # may scroll first
        self._styles[self.row][self.column - 1] = self._style

    def _control(self, what: str, numbers: str) -> None:
        if what == "m":
            self._style = _style(numbers, self._style)
        super()._control(what, numbers)

    def _erase(self, *, below: bool) -> None:
        super()._erase(below=below)
        null = Style.null()
        self._styles[self.row][self.column :] = [null] * (self._columns - self.column)
        if below:
            for number in range(self.row + 1, len(self._styles)):
                self._styles[number] = [null] * self._columns


def _style(numbers: str, before: Style) -> Style:
    """The style after a sequence of SGR numbers, as rich reads them."""
    decoder = AnsiDecoder()
    decoder.style = before
    list(decoder.decode(f"\x1b[{numbers}m\n"))
    return decoder.style
