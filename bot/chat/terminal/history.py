"""Lines that a person typed and that may be kept enter; they lie in a file that only its owner can read."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from prompt_toolkit.history import History

ENTRIES_KEPT = 2_000


class KeptHistory(History):
    """History that stores only what it is told to: a line may hold a secret, and the caller knows which does."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def append_string(self, string: str) -> None:
        """What the prompt offers after every line: not taken, see `remember`."""

    def remember(self, text: str) -> None:
        """Keep a line, for this session and the next ones; not twice in a row."""
        if text.strip() and self._loaded_strings[:1] != [text]:
            self._loaded_strings.insert(0, text)
            self.store_string(text)

    def load_history_strings(self) -> Iterable[str]:
        """Kept lines, newest first; also cuts the file back when it has grown far beyond what is kept."""
        entries = list(self._read())
        if len(entries) > 2 * ENTRIES_KEPT:
            entries = entries[-ENTRIES_KEPT:]
            self._write("".join(json.dumps(entry) + "\n" for entry in entries), os.O_TRUNC)
        return reversed(entries[-ENTRIES_KEPT:])

    def store_string(self, string: str) -> None:
        """Append a line to the file."""
        self._write(json.dumps(string) + "\n", os.O_APPEND)

    def _read(self) -> Iterator[str]:
        if not self._path.exists():
            return
        for stored in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(stored)
            except ValueError:
                continue  # half a line, from a session that was killed while it wrote
            if isinstance(entry, str):
                yield entry

    def _write(self, text: str, how: int) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as stream:
            os.fchmod(file, 0o600)
            stream.write(text)
