"""Whether Ansible loads a playbook: playbooks and the files they lead to enter, flaws leave; the door to Ansible.

As `ansible-playbook --syntax-check`, in this process and with one loader for all. What was found is kept by content:
the key is a hash over the version of Ansible, its configuration and every file that the playbook leads to.
"""

import contextlib
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bot.lint.finding import Flaw, shown
from bot.lint.sheet import Reader, Sheet

_MOST_KEPT = 5_000
_REMEDY = "Mend it as Ansible says; `ansible-playbook --syntax-check` says the same."


class Syntax:
    """Checks playbooks; `kept` is the file in which results of earlier checks are kept, or None."""

    def __init__(self, reader: Reader, kept: Path | None = None) -> None:
        self._reader = reader
        self._kept = kept
        self._known: dict[str, list[Any] | None] = _load(kept)
        self._new = False
        self._check: Callable[[Path], tuple[str, int, str] | None] | None = None

    def flaws(self, playbooks: Iterable[tuple[Path, Sheet]]) -> list[Flaw]:
        """Why playbooks cannot be loaded; only those that are new or have changed are asked about."""
        found = []
        for path, sheet in playbooks:
            key = self._key(path, sheet)
            if key not in self._known:
                self._known[key] = self._ask(path)
                self._new = True
            wrong = self._known[key]
            if wrong:
                file, line, what = wrong
                found.append(Flaw(file=str(file), line=int(line), what=str(what), remedy=_REMEDY))
        if self._new and self._kept is not None:
            _save(self._kept, self._known)
        return found

    def _key(self, path: Path, sheet: Sheet) -> str:
        from ansible.release import __version__

        config = os.environ.get("ANSIBLE_CONFIG", "")
        settings = Path(config).read_bytes() if config and Path(config).is_file() else b""
        digest = hashlib.sha256(f"{__version__}\0{path}\0".encode() + settings)
        for name, source in sorted(sheet.files.items()):
            digest.update(f"\0{name}\0{len(source.text)}\0{source.text}".encode("utf-8", "replace"))
        return digest.hexdigest()

    def _ask(self, path: Path) -> list[Any] | None:
        if self._check is None:
            self._check = _ansible()
        wrong = self._check(path)
        if wrong is None:
            return None
        file, line, what = wrong
        place = Path(file or path)
        project = self._reader.project
        name = place.relative_to(project).as_posix() if place.is_relative_to(project) else str(place)
        return [name, line, what]


def _ansible() -> Callable[[Path], tuple[str, int, str] | None]:
    """A function that loads a playbook and says file, line and sentence of what is wrong with it."""
    from ansible.errors import AnsibleError
    from ansible.inventory.manager import InventoryManager
    from ansible.parsing.dataloader import DataLoader
    from ansible.playbook import Playbook
    from ansible.plugins.loader import init_plugin_loader
    from ansible.vars.manager import VariableManager

    with contextlib.suppress(Exception):  # who linted in this process before has done it
        init_plugin_loader([])
    loader = DataLoader()
    variables = VariableManager(loader=loader, inventory=InventoryManager(loader=loader, sources=["localhost,"]))

    def check(path: Path) -> tuple[str, int, str] | None:
        try:
            with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
                Playbook.load(str(path), loader=loader, variable_manager=variables)
        except AnsibleError as error:
            return _said(error)
        except Exception as error:  # noqa: BLE001 (whatever Ansible trips over, the others are still checked)
            return "", 1, f"Ansible trips over it ({type(error).__name__})."
        return None

    return check


def _said(error: Any) -> tuple[str, int, str]:
    origin = _origin(getattr(error, "obj", None))
    first = str(error.message).splitlines()[0] if str(error.message) else type(error).__name__
    what = shown(first, 300).rstrip(".") + "."
    return (origin.path or "", origin.line_num or 1, what) if origin is not None else ("", 1, what)


def _origin(tagged: Any) -> Any:
    """Where in which file the thing at fault was written, as far as Ansible knows."""
    from ansible._internal._datatag._tags import Origin

    if tagged is None or isinstance(tagged, Origin):
        return tagged
    return Origin.get_tag(tagged)


def _load(kept: Path | None) -> dict[str, list[Any] | None]:
    try:
        found = json.loads(kept.read_text(encoding="utf-8")) if kept else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and len(found) < _MOST_KEPT else {}


def _save(kept: Path, known: dict[str, list[Any] | None]) -> None:
    """Whole or not at all; a cache that can't be written costs time only."""
    with contextlib.suppress(OSError):
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=kept.parent, delete=False, encoding="utf-8") as file:
            json.dump(known, file)
        Path(file.name).replace(kept)
