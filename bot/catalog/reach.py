"""What a playbook leads to: its path enters; the files of its roles and includes leave, each with its name.

Found by name, not by meaning: a role or a file whose name stands in the text is taken. That is more than what runs,
never less, but for names that are made by a template, and for collections.
"""

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from bot.catalog.files import MAX_BYTES, State, is_kept, state

_TOKEN = re.compile(r"[\w./-]{1,200}")
_FILE = re.compile(r"^(?!ansible\.|/)[\w./-]*\.[A-Za-z]\w{0,7}$")
_YAML = (".yml", ".yaml")
_BESIDE = ("", "tasks", "vars", "templates", "files")
_MOST_FILES = 2_000


def reached(project: Path, playbook: Path, role_places: tuple[Path, ...]) -> list[tuple[str, Path]]:
    """Names (relative to the project where they are in it) and paths, sorted; the playbook itself is not among them."""
    found: dict[Path, None] = {}
    todo = [playbook]
    while todo and len(found) < _MOST_FILES:
        path = todo.pop()
        for other in _named_in(path, playbook.parent, role_places):
            if other not in found and other != playbook:
                found[other] = None
                if other.suffix in _YAML:
                    todo.append(other)
    return sorted((_name(path, project), path) for path in found)


def _named_in(path: Path, beside: Path, role_places: tuple[Path, ...]) -> Iterator[Path]:
    """Files of the roles, and files, whose names stand in the text."""
    tokens = _tokens(path, state(path))
    for place in (beside / "roles", *role_places):
        for name in tokens & _folders(place):
            yield from _files(place / name)
    folders = [f"{folder}/{sub}" for folder in {path.parent, beside} for sub in _BESIDE]
    for token in filter(_FILE.search, tokens):
        for folder in folders:
            if os.path.isfile(f"{folder}/{token}"):  # noqa: PTH113 (called for every word of every file)
                yield Path(os.path.normpath(f"{folder}/{token}"))


@lru_cache(maxsize=1_000)
def _tokens(path: Path, _state: State) -> frozenset[str]:
    """The words of a file that may be names; kept until the file changes."""
    return frozenset(_TOKEN.findall(_text(path)))


def _folders(place: Path) -> set[str]:
    try:
        return {entry.name for entry in os.scandir(place) if entry.is_dir()}
    except OSError:
        return set()


def _files(role: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(role):
        folders[:] = sorted(filter(is_kept, folders))
        yield from (Path(folder, name) for name in sorted(filter(is_kept, names)))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _name(path: Path, project: Path) -> str:
    return path.relative_to(project).as_posix() if path.is_relative_to(project) else str(path)
