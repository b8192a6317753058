"""Files of the project, read within bounds: a path in, text or a cheap signature of its state out."""

import os
import stat
from pathlib import Path

from bot.catalog.flaws import Unreadable

MAX_BYTES = 256 * 1024
_LEFT_OUT = ("~", ".pyc", ".swp")

State = tuple[int, int, int, int, int] | None
"""Mode, inode, size in bytes, modification and change time in nanoseconds; None when there is no such file."""


def state(path: str | Path) -> State:
    """What changes whenever the file changes."""
    try:
        found = os.stat(path)  # noqa: PTH116 (called for hundreds of files at every look)
    except (OSError, ValueError):
        return None
    return found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def is_kept(name: str) -> bool:
    """Whether a file or folder counts: not what is hidden, nor what editors and Python leave behind."""
    return not name.startswith((".", "__pycache__")) and not name.endswith(_LEFT_OUT)


def is_inside(path: Path, project: Path) -> bool:
    """Whether `path`, with its links followed, is in the project."""
    try:
        return path.resolve().is_relative_to(project.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


def read_text(path: Path) -> str:
    """The text of a regular file of at most MAX_BYTES bytes in UTF-8; Unreadable otherwise, never blocks."""
    return _decoded(read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """The content of a regular file of at most MAX_BYTES bytes; Unreadable otherwise, never blocks."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO must not make us wait
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Unreadable(1, f"The file cannot be opened: {reason}.", "Mend its permissions or its link.") from None
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        raise Unreadable(1, "This is no regular file.", "Put a YAML file here, or give it another name.")
    with os.fdopen(handle, "rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        kib = MAX_BYTES // 1024
        raise Unreadable(1, f"The file is larger than {kib} KiB.", "Keep it to the keys of one runbook.")
    return content


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable(line, "The file is not in UTF-8.", "Save it as UTF-8.") from None
