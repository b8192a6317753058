"""What exactly is to run: a project and the files of one runbook in, a Revision out (one `git status`, a few reads)."""

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from bot.catalog.digest import digest as digest_of
from bot.catalog.files import read_bytes
from bot.catalog.flaws import Unreadable
from bot.errors import ProjectBroken
from bot.model.runbook import Revision, Surroundings

_SECONDS = 5.0
# No hook, watcher or lock of a repository that we only look at; the project's own directory, not its neighbors.
_GIT = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=true")
_STATUS = ("status", "--porcelain=v2", "--branch", "--untracked-files=normal", "--", ".")


GitState = tuple[str | None, bool]
"""The commit that is checked out, and whether anything differs from it."""


def revision_of(
    git: Callable[[], GitState],
    files: Iterable[tuple[str, Path]],
    also: Iterable[tuple[str, Path]] = (),
    around: Surroundings | None = None,
) -> Revision:
    """The revision of a project with a hash over `files` (name, path); ProjectBroken when one cannot be read.

    What it leads to is `also` hashed, readable or not. `git` says in which state the project is.
    """
    commit, dirty = git()
    return Revision(commit=commit, dirty=dirty, content_hash=content_hash(files, also), around=around)


def content_hash(files: Iterable[tuple[str, Path]], also: Iterable[tuple[str, Path]] = ()) -> str:
    """SHA-256 over names, sizes and contents of `files`, then over names and hashes of those that are `also` there."""
    digest = hashlib.sha256()
    for name, path in files:
        try:
            content = read_bytes(path)
        except Unreadable as error:
            raise ProjectBroken(f"{name} cannot be read: {error.what}", error.remedy) from None
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    for name, path in also:
        digest.update(f"{name}\0{digest_of(path)}\0".encode("utf-8", "replace"))
    return digest.hexdigest()


def git_state(project: Path) -> GitState:
    """The state of a project now; its path is absolute, with links followed.

    (None, False) outside Git, (None, True) when Git does not answer in time: then nothing is known to be clean.
    """
    if not any(os.path.exists(folder / ".git") for folder in (project, *project.parents)):  # noqa: PTH110 (never raises)
        return None, False  # starting Git to hear so takes milliseconds, for every command
    command = ["git", "-C", str(project), *_GIT, *_STATUS]
    try:
        done = subprocess.run(  # noqa: S603 (a fixed argv; the project is ours, no text from chat is in it)
            command, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL, env=_environment()
        )
    except subprocess.TimeoutExpired:
        return None, True
    except OSError:
        return None, False
    if done.returncode != 0:
        return None, False
    return _parse(done.stdout.decode("utf-8", "replace"))


def _parse(status: str) -> tuple[str | None, bool]:
    commit, dirty = None, False
    for line in status.splitlines():
        if line.startswith("# branch.oid "):
            written = line.removeprefix("# branch.oid ").strip()
            commit = None if written == "(initial)" else written
        elif not line.startswith("#"):
            dirty = True
    return commit, dirty


def _environment() -> dict[str, str]:
    """Our environment without GIT_DIR and the like, which would lead to another repository."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
