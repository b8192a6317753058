"""Where environments are: a project in, their names and sources out; a source in, its state and what is in it out."""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"[A-Za-z0-9_-]+")
_ENDINGS = (".yml", ".yaml", ".ini")
_VARS = ("group_vars", "host_vars")
_MOST_FILES = 50_000
_LARGE = 4 * 1024 * 1024
_PLUGIN = re.compile(rb"""\bplugin["']?\s*:""")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The files that make an environment: what changes when one of them does.

    `executable` is whether a script is among them, `odd` whether there is anything that is neither file nor directory,
    or more than is read quickly.
    """

    files: tuple[tuple[str, int, int, int, int], ...]
    executable: bool
    odd: bool


def find_sources(project: Path) -> dict[str, Path]:
    """Environments by name: directories `inventories/<name>/`, else files `inventories/<name>.yml` or `.ini`."""
    found: dict[str, Path] = {}
    try:
        entries = sorted(os.scandir(project / "inventories"), key=lambda entry: (not entry.is_dir(), entry.name))
    except OSError:
        return {}
    for entry in entries:
        name = entry.name if entry.is_dir() else _stem(entry.name)
        if name and NAME.fullmatch(name) and name not in (*_VARS, "vars_plugins"):
            found.setdefault(name, Path(entry.path))
    return dict(sorted(found.items()))


def _stem(file: str) -> str:
    return next((file.removesuffix(ending) for ending in _ENDINGS if file.endswith(ending)), "")


def state_of(source: Path, project: Path) -> State:
    """The state of everything that Ansible would read for `source`, hidden files excepted."""
    roots = [source] if source.is_dir() else [source, *(source.parent / name for name in _VARS)]
    files: list[tuple[str, int, int, int, int]] = []
    executable = odd = False
    for path in (*_walk(roots), str(project / "ansible.cfg")):
        try:
            found = os.stat(path)  # noqa: PTH116 (called for every file at every question)
        except OSError:
            continue
        files.append((path, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
        executable = executable or bool(found.st_mode & 0o111)
        odd = odd or not stat.S_ISREG(found.st_mode)
        if len(files) > _MOST_FILES:
            odd = True
            break
    return State(files=tuple(files), executable=executable, odd=odd or sum(file[2] for file in files) > _LARGE)


def _walk(roots: list[Path]) -> list[str]:
    """Paths of all files below `roots`, links followed, each directory once."""
    found: list[str] = []
    seen: set[str] = set()
    for root in roots:
        if not root.is_dir():
            found.append(str(root))
            continue
        for folder, folders, names in os.walk(root, followlinks=True):
            real = os.path.realpath(folder)
            folders[:] = [] if real in seen else sorted(name for name in folders if not name.startswith("."))
            found += [] if real in seen else [f"{folder}/{name}" for name in sorted(names) if not name.startswith(".")]
            seen.add(real)
            if len(found) > _MOST_FILES:
                return found
    return found


def is_dynamic(state: State) -> bool:
    """Whether reading the environment may run foreign code: a script, or a file that configures an inventory plugin."""
    return state.executable or state.odd or any(_names_plugin(file[0]) for file in state.files)


def _names_plugin(path: str) -> bool:
    if any(f"/{folder}/" in path for folder in _VARS) or not path.endswith((".yml", ".yaml", ".json", ".toml")):
        return False
    try:
        return bool(_PLUGIN.search(Path(path).read_bytes()))
    except OSError:
        return True
