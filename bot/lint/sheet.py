"""What a playbook can do: its path enters; its plays and tasks leave, with those of its roles and includes.

Includes whose name is a template cannot be followed; what they do is not seen. Each file is read once, however many
playbooks lead to it.
"""

import os.path
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.lined import Lined, LinedList, NoYaml, read
from bot.lint.task import Task, action, items, role_name, texts

_MAX_BYTES = 512 * 1024
_MAX_FILES = 500
_TASKS = ("pre_tasks", "tasks", "post_tasks", "handlers")
_BLOCKS = ("block", "rescue", "always")
_INCLUDED_TASKS = frozenset({"include_tasks", "import_tasks"})
_INCLUDED_ROLES = frozenset({"include_role", "import_role"})
_ROLE_FOLDERS = ("tasks", "handlers", "defaults", "vars", "meta", "templates", "files")
_YAML = (".yml", ".yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that was read: path relative to the project; `tree` is None for what is no YAML."""

    path: str
    text: str
    tree: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """A play with everything that it may do."""

    file: str
    whole: Lined
    tasks: tuple[Task, ...]


@dataclass(slots=True, kw_only=True)
class Sheet:
    """A playbook's plays, and all files that decide what they do."""

    plays: list[Play] = field(default_factory=list)
    files: dict[str, Source] = field(default_factory=dict)

    def tasks(self) -> Iterator[Task]:
        """Every task of every play."""
        for play in self.plays:
            yield from play.tasks


class Reader:
    """Reads the playbooks of one project; keeps what it has read."""

    def __init__(self, project: Path, role_paths: tuple[Path, ...] = ()) -> None:
        self.project = project
        self._role_paths = (project / "roles", *role_paths)
        self._known: dict[Path, Source | None] = {}
        self._folders: dict[Path, list[Path]] = {}

    def source(self, path: Path) -> Source | None:
        """A text file inside of the project, or of a role; None when there is none that can be read."""
        path = Path(os.path.normpath(path))
        if path not in self._known:
            self._known[path] = self._read(path)
        return self._known[path]

    def sheet(self, playbook: Path) -> Sheet:
        """What the playbook can do."""
        walk = _Walk(self, playbook)
        walk.playbook(playbook)
        return walk.sheet

    def role(self, name: str, beside: Path) -> Path | None:
        """The folder of a role."""
        places = (beside / "roles", *self._role_paths, beside)
        return next((place / name for place in places if (place / name).is_dir()), None)

    def files_of(self, role: Path) -> list[Path]:
        """The files of a role that say what it does."""
        if role not in self._folders:
            found = (path for name in _ROLE_FOLDERS for path in sorted((role / name).rglob("*")))
            self._folders[role] = [path for path in found if path.is_file()][:_MAX_FILES]
        return self._folders[role]

    def _read(self, path: Path) -> Source | None:
        try:
            if not path.is_file() or path.stat().st_size > _MAX_BYTES:
                return None
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, ValueError):
            return None
        name = path.relative_to(self.project).as_posix() if path.is_relative_to(self.project) else str(path)
        return Source(path=name, text=text, tree=_tree(text) if path.suffix in _YAML else None)


def _tree(text: str) -> Any:
    try:
        return read(text)
    except NoYaml:  # Ansible says so better, and the catalog for our own files
        return None


class _Walk:
    """One playbook's way through its files; each role and each included file is taken once for each play."""

    def __init__(self, reader: Reader, playbook: Path) -> None:
        self._reader = reader
        self._beside = playbook.parent
        self.sheet = Sheet()
        self._seen: set[tuple[Path, str]] = set()
        self._playbooks: list[Path] = []

    def playbook(self, path: Path) -> None:
        source = self._take(path)
        if source is None or not isinstance(source.tree, LinedList) or path in self._playbooks:
            return
        for play in source.tree:
            if not isinstance(play, Lined):
                continue
            other = play.get("import_playbook", play.get("ansible.builtin.import_playbook"))
            if isinstance(other, str) and len(self._playbooks) < _MAX_FILES:
                self._playbooks.append(path)
                self.playbook(Path(os.path.normpath(path.parent / other)))
            if "hosts" in play:
                self._play(path, source.path, play)

    def _play(self, path: Path, file: str, play: Lined) -> None:
        self._seen.clear()
        tasks: list[Task] = []
        for role in items(play.get("roles")):
            tasks += self._role(role_name(role), (play,))
        for key in _TASKS:
            tasks += self._tasks(play.get(key), path, file, (play,))
        for name in texts(play.get("vars_files")):
            self._take(path.parent / name)
        self.sheet.plays.append(Play(file=file, whole=play, tasks=tuple(tasks)))

    def _role(self, name: str, around: tuple[Lined, ...], entry: str = "main") -> list[Task]:
        folder = self._reader.role(name, self._beside) if name and "{{" not in name else None
        if folder is None or not self._first(folder, entry):
            return []
        for path in self._reader.files_of(folder):
            self._take(path)
        tasks: list[Task] = []
        meta = self._reader.source(folder / "meta/main.yml")
        if meta is not None and isinstance(meta.tree, Lined):
            for other in items(meta.tree.get("dependencies")):
                tasks += self._role(role_name(other), around)
        for kind, start in (("tasks", entry), ("handlers", "main")):
            tasks += self._file(_with_ending(folder / kind / start), around)
        return tasks

    def _file(self, path: Path, around: tuple[Lined, ...]) -> list[Task]:
        source = self._take(path)
        if source is None or not self._first(path, "file"):
            return []
        return self._tasks(source.tree, path, source.path, around)

    def _tasks(self, written: Any, path: Path, file: str, around: tuple[Lined, ...]) -> list[Task]:
        found: list[Task] = []
        for task in written if isinstance(written, LinedList) else ():
            if not isinstance(task, Lined):
                continue
            blocks = [key for key in _BLOCKS if key in task]
            for key in blocks:
                found += self._tasks(task[key], path, file, (task, *around))
            if not blocks:
                found += self._task(task, path, file, around)
        return found

    def _task(self, task: Lined, path: Path, file: str, around: tuple[Lined, ...]) -> list[Task]:
        full, args = action(task)
        module = full.rpartition(".")[2]
        made = Task(file=file, line=task.line, module=module, full=full, args=args, whole=task, around=around)
        inner = (task, *around)
        if module in _INCLUDED_TASKS:
            name = args if isinstance(args, str) else args.get("file") if isinstance(args, Lined) else None
            return [made, *self._included(name, path, inner)]
        if module in _INCLUDED_ROLES and isinstance(args, Lined):
            entry = str(args.get("tasks_from", "main"))
            return [made, *self._role(str(args.get("name", "")), inner, entry)]
        return [made]

    def _included(self, name: Any, path: Path, around: tuple[Lined, ...]) -> list[Task]:
        if not isinstance(name, str) or "{{" in name:
            return []
        return self._file(path.parent / name, around)

    def _take(self, path: Path) -> Source | None:
        source = self._reader.source(path)
        if source is not None:
            self.sheet.files[source.path] = source
        return source

    def _first(self, path: Path, what: str) -> bool:
        key = (Path(os.path.normpath(path)), what)
        first = key not in self._seen
        self._seen.add(key)
        return first


def _with_ending(path: Path) -> Path:
    if path.suffix in _YAML:
        return path
    return next((path.with_name(path.name + end) for end in _YAML if path.with_name(path.name + end).exists()), path)
