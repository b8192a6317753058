"""A server that did not take a run enters; why leaves, in one word of `cold.Cold`, by what lies where it should be.

The shim loads it, when it needs it: so it imports next to nothing.
"""

import errno
import fcntl
import os

STARTING, GONE, NO_ANSWER, SELF_TEST = "starting", "gone", "no_answer", "self_test"
INTERPRETER, ANSIBLE, CONFIGURATION = "interpreter", "ansible", "configuration"

PARTS = (INTERPRETER, ANSIBLE, CONFIGURATION)
"""What a key tells, in this order, with a dash between: so two keys say in what their runs differ."""

SOCKET, LOCK, FAILED = ".sock", ".lock", ".failed"
"""How the names of a server's files end, which begin with its key; it holds the lock from its start to its end."""


def why(error: OSError, address: str) -> str:
    """The word for what went wrong with the server at `address`."""
    if isinstance(error, TimeoutError) or error.errno == errno.EAGAIN:
        return NO_ANSWER
    return missing(address) if error.errno in {errno.ENOENT, errno.ECONNREFUSED} else GONE


def missing(address: str) -> str:
    """Why nobody listens at `address`."""
    stem = address.removesuffix(SOCKET)
    if os.path.exists(stem + FAILED):
        return SELF_TEST
    if alive(stem + LOCK):
        return STARTING
    key = os.path.basename(stem)
    return min((different(key, other) for other in others(os.path.dirname(address), key)), default=(0, GONE))[1]


def others(folder: str, key: str) -> list[str]:
    """The keys of the servers that are at work in `folder`, but for that one."""
    try:
        names = [name.removesuffix(SOCKET) for name in os.listdir(folder) if name.endswith(SOCKET)]
    except OSError:
        return []
    return [name for name in names if name != key and alive(os.path.join(folder, name + LOCK))]


def different(key: str, other: str) -> tuple[int, str]:
    """The first part in which two keys differ; the nearer they are to each other, the less the number."""
    pairs = zip(key.split("-"), other.split("-"), strict=False)
    first = next((place for place, (ours, theirs) in enumerate(pairs) if ours != theirs), len(PARTS) - 1)
    return -first, PARTS[first]


def alive(lock: str) -> bool:
    """Whether a server holds that lock."""
    try:
        file = os.open(lock, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False
