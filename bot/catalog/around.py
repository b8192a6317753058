"""What surrounds a runbook in its project enters as folders; a hash for each kind of it leaves.

Ansible takes it up without that a playbook names it: settings, plugins and modules, variables of groups and hosts,
collections. What lies outside of the project is left out: it is the machine's, not the project's.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from bot.catalog import config
from bot.catalog.digest import digest
from bot.catalog.files import is_kept
from bot.model.runbook import Surroundings

_MODULES = ("library", "module_utils")
_PLUGINS = "_plugins"
_VARIABLES = ("group_vars", "host_vars")
_COLLECTIONS = ("collections_path", "collections_paths")
_OF_A_COLLECTION = ("plugins", "roles", "playbooks", "meta")
_MANIFESTS = ("MANIFEST.json", "FILES.json", "galaxy.yml")
_MOST = 5_000
"""Files and folders of one kind."""


def surroundings(project: Path, playbooks: Path, inventory: Path) -> Surroundings:
    """The hashes for a playbook in the folder `playbooks`, with `inventory` as the folder beside whose files hosts are.

    Each is empty where the project has nothing of that kind. `project` is absolute, with links followed.
    """
    beside = tuple(dict.fromkeys((playbooks, project)))
    return Surroundings(
        settings=_hash(project, _there(project / config.FILE)),
        plugins=_hash(project, _below(_plugin_folders(project, beside))),
        variables=_hash(project, _below(each / name for each in (*beside, inventory) for name in _VARIABLES)),
        collections=_hash(project, _in_collections(_collection_roots(project, beside))),
    )


def _plugin_folders(project: Path, beside: tuple[Path, ...]) -> Iterator[Path]:
    for place in beside:
        yield from (place / name for name in _names(place) if _is_plugins(name))
    for key in filter(_is_plugins, sorted(config.defaults(project))):
        yield from _inside(project, key)


def _is_plugins(name: str) -> bool:
    return name in _MODULES or name.endswith(_PLUGINS)


def _inside(project: Path, key: str) -> Iterator[Path]:
    """The folders that a key of the ansible.cfg names, as far as they are in the project."""
    for folder in config.folders(project, key):
        path = Path(os.path.normpath(folder))
        if path.is_relative_to(project):
            yield path


def _collection_roots(project: Path, beside: tuple[Path, ...]) -> Iterator[Path]:
    configured = [path for key in _COLLECTIONS for path in _inside(project, key)]
    for path in dict.fromkeys((*(place / "collections" for place in beside), *configured)):
        yield path if path.name == "ansible_collections" else path / "ansible_collections"


def _in_collections(roots: Iterable[Path]) -> Iterator[str]:
    """An installed collection is what its manifest says; of one that is made here, all that Ansible takes from it."""
    for root in roots:
        for collection in (root / space / name for space in _names(root) for name in _names(root / space)):
            yield from (path for name in _MANIFESTS for path in _there(collection / name))
            if not (collection / _MANIFESTS[0]).is_file():
                yield from _below(collection / name for name in _OF_A_COLLECTION)


def _names(folder: Path) -> list[str]:
    """What is in a folder and is not hidden, sorted."""
    try:
        return sorted(filter(is_kept, os.listdir(folder)))  # noqa: PTH208 (names only)
    except OSError:
        return []


def _there(path: Path) -> Iterator[str]:
    if path.exists():
        yield str(path)


def _below(roots: Iterable[Path]) -> Iterator[str]:
    """All files below, links followed as Ansible does, each folder once; hidden ones and what Python keeps left out."""
    seen: set[object] = set()
    for root in roots:
        for folder, folders, names in os.walk(root, followlinks=True):
            one = _one(folder)
            if one in seen or len(seen) >= _MOST:
                folders.clear()
                continue
            seen.add(one)
            folders[:] = sorted(filter(is_kept, folders))
            yield from (f"{folder}/{name}" for name in sorted(filter(is_kept, names)))


def _one(folder: str) -> object:
    """The same for every way to a folder."""
    try:
        found = os.stat(folder)  # noqa: PTH116 (called for every folder at every question)
    except OSError:
        return folder
    return found.st_dev, found.st_ino


def _hash(project: Path, paths: Iterable[str]) -> str:
    """SHA-256 over the names in the project and the contents of the first files; empty when there are none."""
    first = list(islice(paths, _MOST))
    sha = hashlib.sha256()
    for path in first:
        sha.update(f"{path.removeprefix(f'{project}/')}\0{digest(path)}\0".encode("utf-8", "replace"))
    return sha.hexdigest() if first else ""
