"""A run's id enters; a directory for it leaves that nobody else can read and that does not outlive the run."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

RUNS = "runs"
MAX_SOCKET_DIR = 60
"""Characters a directory for SSH's sockets may have: Unix allows 107 for the whole name, ssh adds up to 45."""

_SETTINGS = {"pexpect_timeout": 0.25, "suppress_output_file": True, "suppress_ansible_output": True}
"""For ansible-runner; only this file reaches it (`settings=` is dropped). Seconds between its looks at the process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateDir:
    """The places in a run's private directory."""

    root: Path
    mark: str

    @property
    def extra_vars(self) -> Path:
        """The parameters, secrets included."""
        return self.root / "env" / "extravars"

    @property
    def limit(self) -> Path:
        """The hosts, one a line."""
        return self.root / "limit"

    @property
    def cold(self) -> Path:
        """Why Ansible was started anew for this run, in a word of `warm.cold.Cold`; missing when it was not."""
        return self.root / "cold"

    @property
    def temporary(self) -> Path:
        """Where Ansible puts its temporary files on the controller."""
        return self.root / "tmp"

    @property
    def sockets(self) -> Path:
        """The directory for SSH's sockets and for modules' own files; elsewhere, as its name must be short."""
        return (self.root / "ssh").resolve()


@contextmanager
def private_dir(home: Path, run_id: int) -> Iterator[PrivateDir]:
    """A fresh directory `home/runs/<run id>-<random>`, 0700; gone at the end, however that comes about."""
    runs = home / RUNS
    runs.mkdir(mode=0o700, parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix=f"{run_id}-", dir=runs)).resolve()
    try:
        for name in ("env", "tmp"):
            (root / name).mkdir(mode=0o700)
        (root / "ssh").symlink_to(_short_dir())
        write(root / "env" / "settings", json.dumps(_SETTINGS))
        yield PrivateDir(root=root, mark=root.name)
    finally:
        remove(root)


def write(path: Path, text: str) -> None:
    """A new file that only we can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _short_dir() -> Path:
    made = Path(tempfile.mkdtemp(prefix="sb-"))
    if len(str(made)) <= MAX_SOCKET_DIR:
        return made
    made.rmdir()
    return Path(tempfile.mkdtemp(prefix="sb-", dir="/tmp"))


def remove(root: Path) -> None:
    """A private directory and the one for its sockets."""
    sockets = root / "ssh"
    if sockets.is_symlink():
        _remove_tree(sockets.resolve())
    _remove_tree(root)


def _remove_tree(path: Path) -> None:
    """Twice: a process that has just been ended may have written once more."""
    shutil.rmtree(path, ignore_errors=True)
    if path.exists():
        shutil.rmtree(path, ignore_errors=True)
