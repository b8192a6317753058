"""A terminal for tests: bytes that a program writes enter, the text that a person would see leaves."""

import re

_PIECE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b\].*?\x07|(\r|\n|\x08)|([^\x00-\x1f\x7f]+)", re.DOTALL)


class Screen:
    """What prompt_toolkit uses of a terminal: moving, erasing, wrapping, scrolling, telling where the cursor is."""

    def __init__(self, rows: int, columns: int) -> None:
        self.rows = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.answers = ""
        self._columns = columns
        self._rest = ""

    @property
    def text(self) -> str:
        """What can be seen."""
        return "\n".join("".join(row).rstrip() for row in self.rows)

    def feed(self, written: str) -> None:
        """Take what the program wrote; half an escape sequence waits for its other half."""
        self._rest += written
        end = 0
        for piece in _PIECE.finditer(self._rest):
            end = piece.end()
            if piece[2]:
                self._control(piece[2], piece[1])
            elif piece[3]:
                self._move(piece[3])
            else:
                for character in piece[4] or "":
                    self._put(character)
        self._rest = self._rest[end:]

    def _move(self, what: str) -> None:
        if what == "\r":
            self.column = 0
        elif what == "\x08":
            self.column = max(0, self.column - 1)
        else:
            self._down()

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self.rows):
            self.rows = [*self.rows[1:], [" "] * self._columns]
            self.row -= 1

    def _put(self, character: str) -> None:
        if self.column == self._columns:
            self.column = 0
            self._down()
        self.rows[self.row][self.column] = character
        self.column += 1

    def _control(self, what: str, numbers: str) -> None:
        count = int(numbers) if numbers.isdigit() else 1
        match what:
            case "A":
                self.row = max(0, self.row - count)
            case "B":
                self.row = min(len(self.rows) - 1, self.row + count)
            case "C":
                self.column = min(self._columns - 1, self.column + count)
            case "D":
                self.column = max(0, self.column - count)
            case "J" | "K":
                self._erase(below=what == "J")
            case "n" if numbers == "6":
                self.answers += f"\x1b[{self.row + 1};{self.column + 1}R"

    def _erase(self, *, below: bool) -> None:
        self.rows[self.row][self.column :] = [" "] * (self._columns - self.column)
        if below:
            for number in range(self.row + 1, len(self.rows)):
                self.rows[number] = [" "] * self._columns
