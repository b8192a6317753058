"""The rulebooks of a project as they are now: files enter, rulesets that are ready to be asked leave."""

import threading
from pathlib import Path

from bot.rules.grammar import Wrong
from bot.rules.read import FOLDER, Rulebook, read_rulebooks
from bot.rules.ready import Ready, make_ready


class Shelf:
    """Reads again when a file has changed; safe for many threads. A rulebook that cannot be used is left out."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._seen: tuple[tuple[str, int, int], ...] | None = None
        self._books: tuple[Rulebook, ...] = ()
        self._ready: tuple[Ready, ...] = ()

    def rulesets(self) -> tuple[Ready, ...]:
        """Every ruleset, in the order of files."""
        with self._lock:
            self._look()
            return self._ready

    def books(self) -> tuple[Rulebook, ...]:
        """Every file with its problems."""
        with self._lock:
            self._look()
            return self._books

    def _look(self) -> None:
        seen = self._signs()
        if seen == self._seen:
            return
        self._books = read_rulebooks(self._project)
        self._ready = tuple(made for book in self._books for made in _ready(book))
        self._seen = seen

    def _signs(self) -> tuple[tuple[str, int, int], ...]:
        """What changes when a file does."""
        found = []
        for path in sorted((self._project / FOLDER).glob("*")):
            try:
                state = path.stat()
            except OSError:
                continue
            found.append((path.name, state.st_mtime_ns, state.st_size))
        return tuple(found)


def _ready(book: Rulebook) -> list[Ready]:
    try:
        return [make_ready(ruleset) for ruleset in book.rulesets]
    except Wrong:
        return []
