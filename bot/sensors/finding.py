"""The name of a plugin enters, its file leaves, found where Ansible would find it.

`ansible.eda.webhook` is in a collection, below one of Ansible's collection paths; a name alone is the project's own.
"""

import configparser
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import Misconfigured, UnknownName

SOURCE, FILTER = "event_source", "event_filter"
DEFAULT = "~/.ansible/collections:/usr/share/ansible/collections"
"""Ansible's own."""
_NAME = re.compile(r"[A-Za-z_]\w{0,100}(\.[A-Za-z_]\w{0,100}){0,2}", re.ASCII)
_BUILTIN = "eda.builtin."
"""What ansible-rulebook calls plugins that it has itself; those of the collection do the same."""
_FOLDERS = ("extensions/eda/plugins", "plugins")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A plugin's file, and the folder from which `ansible_collections` can be imported; empty for a project's own."""

    file: Path
    root: str = ""


def find(name: str, kind: str, project: Path, collections: tuple[Path, ...]) -> Found:
    """The plugin; `kind` is event_source or event_filter. UnknownName when it is nowhere."""
    for candidate in _candidates(name, kind, project, collections):
        if candidate.file.is_file():
            return candidate
    owned = "." in name
    remedy = "Install its collection: `ansible-galaxy collection install`." if owned else "Put it into {}/{}/."
    raise UnknownName(f"There is no {kind} {name[:100]!r}.", remedy.format(_FOLDERS[0], kind))


def _candidates(name: str, kind: str, project: Path, collections: tuple[Path, ...]) -> Iterator[Found]:
    if not _NAME.fullmatch(name):
        return
    name = f"ansible.eda.{name.removeprefix(_BUILTIN)}" if name.startswith(_BUILTIN) else name
    *owner, plugin = name.split(".")
    if not owner:
        yield from (Found(file=project / folder / kind / f"{plugin}.py") for folder in _FOLDERS)
    if len(owner) == 2:  # noqa: PLR2004 (namespace and name of a collection)
        for root in collections:
            home = root / "ansible_collections" / owner[0] / owner[1]
            yield from (Found(file=home / folder / kind / f"{plugin}.py", root=str(root)) for folder in _FOLDERS)


def roots(project: Path, environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Where collections may be, in Ansible's order: beside the project, its configured paths, beside Ansible itself."""
    written = environment.get("ANSIBLE_COLLECTIONS_PATH") or _configured(project, environment)
    configured = (Path(part).expanduser() for part in (written or DEFAULT).split(":") if part)
    installed = (Path(entry) for entry in sys.path if entry and (Path(entry) / "ansible_collections").is_dir())
    found = (project / "collections", *(_root(project / path) for path in configured), *installed)
    return tuple(dict.fromkeys(found))


def _root(path: Path) -> Path:
    return path.parent if path.name == "ansible_collections" else path


def _configured(project: Path, environment: Mapping[str, str]) -> str:
    """`collections_path` of ansible.cfg: the project's, else the one that the environment names."""
    file = project / "ansible.cfg"
    if not file.is_file():
        file = Path(environment.get("ANSIBLE_CONFIG") or "~/.ansible.cfg").expanduser()
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(file, encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError):
        raise Misconfigured(f"{file.name} cannot be read.", "`ansible-config view` says more.") from None
    keys = ("collections_path", "collections_paths")
    return next((parser["defaults"][key] for key in keys if parser.has_option("defaults", key)), "")
