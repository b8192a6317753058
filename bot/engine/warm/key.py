"""How ansible-playbook would be called enters; a key leaves: runs with the same key may share a loaded Ansible.

What Ansible reads when it is imported, and keeps, is part of it: its configuration file, the environment, its own
code, the interpreter. Roles, collections, plugins and playbooks of a project are not: they are read in each run.
"""

import hashlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bot.engine.environment import MARK, config_file
from bot.engine.warm.cold import Cold, Unfit
from bot.engine.warm.script import interpreter

OWN = frozenset({MARK, "ANSIBLE_LOCAL_TEMP", "ANSIBLE_SSH_CONTROL_PATH_DIR", "AWX_ISOLATED_DATA_DIR", "TMPDIR"})
"""Variables that each run has its own value of; `become` sees that Ansible takes them."""

PROTOCOL = "2"


def key(environment: Mapping[str, str], folder: Path, binary: Path) -> str:
    """Three hashes with dashes between, one for each of `look.PARTS`; Unfit when there can be no server for it."""
    return "-".join([_interpreter(binary), _ansible(binary), _configuration(environment, folder)])


def _interpreter(binary: Path) -> str:
    """The interpreter of `binary`, which has to be the one that the server would have."""
    with _unfit(Cold.INTERPRETER):
        own = Path(sys.executable)
        if not _same(interpreter(binary), own):
            raise Unfit(Cold.INTERPRETER)
        return _hash(PROTOCOL, sys.version, _stamp(own))


def _same(one: Path, other: Path) -> bool:
    """Whether both are the same program in the same environment, as which its folder makes it."""
    return (one.parent.resolve(), one.resolve()) == (other.parent.resolve(), other.resolve())


def _ansible(binary: Path) -> str:
    """Its code, by the last change of its release and of all packages, and the program that starts it."""
    with _unfit(Cold.ANSIBLE):
        release = _release()
        return _hash(*(_stamp(path) for path in (binary, release, release.parents[1])))


def _configuration(environment: Mapping[str, str], folder: Path) -> str:
    with _unfit(Cold.CONFIGURATION):
        parts = [str(folder)]
        if config := config_file(environment, folder):
            parts += [str(config), hashlib.sha256(config.read_bytes()).hexdigest()]
        return _hash(*parts, *sorted(f"{name}={value}" for name, value in environment.items() if name not in OWN))


@contextmanager
def _unfit(reason: Cold) -> Iterator[None]:
    """What can't be read is no reason for a run to fail."""
    try:
        yield
    except OSError:
        raise Unfit(reason) from None


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:20]


def _release() -> Path:
    found = importlib.util.find_spec("ansible")
    if found is None or found.origin is None:
        raise OSError("Ansible is not installed.")
    return Path(found.origin).with_name("release.py")


def _stamp(path: Path) -> str:
    stat = path.stat()
    return f"{path}:{stat.st_mtime_ns}:{stat.st_size}"
