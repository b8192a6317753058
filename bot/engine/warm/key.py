"""How ansible-playbook would be called enters; a key leaves: runs with the same key may share a loaded Ansible.

What Ansible reads when it is imported, and keeps, is part of it: its configuration file, the environment, its own
code, the interpreter. Roles, collections, plugins and playbooks of a project are not: they are read in each run.
"""

import hashlib
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path

from bot.engine.environment import MARK, config_file

OWN = frozenset({MARK, "ANSIBLE_LOCAL_TEMP", "ANSIBLE_SSH_CONTROL_PATH_DIR", "AWX_ISOLATED_DATA_DIR", "TMPDIR"})
"""Variables that each run has its own value of; `become` sees that Ansible takes them."""

PROTOCOL = "1"


def key(environment: Mapping[str, str], folder: Path, binary: Path) -> str:
    """32 hexadecimal digits."""
    release = _ansible()
    stamps = [_stamp(path) for path in (Path(sys.executable), release, release.parents[1])]  # the last: all packages
    parts = [PROTOCOL, str(folder), str(binary), sys.version, *stamps]
    if config := config_file(environment, folder):
        parts += [str(config), hashlib.sha256(config.read_bytes()).hexdigest()]
    parts += sorted(f"{name}={value}" for name, value in environment.items() if name not in OWN)
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:32]


def _ansible() -> Path:
    found = importlib.util.find_spec("ansible")
    if found is None or found.origin is None:
        raise OSError("Ansible is not installed.")
    return Path(found.origin).with_name("release.py")


def _stamp(path: Path) -> str:
    stat = path.stat()
    return f"{path}:{stat.st_mtime_ns}:{stat.st_size}"
