"""Text enters as it is shown; it leaves on the screen and into a file that `asciinema play` understands."""

import json
import sys
import time
from pathlib import Path
from typing import TextIO

COLUMNS, ROWS = 120, 40


class Cast:
    """An asciicast of version 2: a line of head, then a line for each text with the seconds since the beginning."""

    def __init__(self, file: Path, screen: TextIO = sys.stdout) -> None:
        self._began = time.monotonic()
        self._screen = screen
        self._file = file.open("w", encoding="utf-8")
        self._write({"version": 2, "width": COLUMNS, "height": ROWS, "title": "Signalbox"})

    def show(self, text: str) -> None:
        """A line, with or without its end."""
        line = text.rstrip("\n")
        print(line, file=self._screen, flush=True)
        self._write([round(time.monotonic() - self._began, 3), "o", f"{line}\r\n"])

    def close(self) -> None:
        """Nothing more is shown."""
        self._file.close()

    def _write(self, value: object) -> None:
        self._file.write(json.dumps(value, ensure_ascii=False) + "\n")
        self._file.flush()
