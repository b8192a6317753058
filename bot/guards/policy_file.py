"""The file `signalbox.yml`: its path enters, a checked Policy leaves; a broken file keeps the last good one."""

import threading
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from bot.errors import Misconfigured
from bot.guards.policy import Policy
from bot.guards.yaml_file import read_mapping

MAX_BYTES = 1_000_000


class PolicyFile:
    """`signalbox.yml`, read again whenever it changes; one that was read and is gone leaves its policy in force.

    `named`: somebody said where it is (`SIGNALBOX_CONFIG`), so it must be there. `check` raises Misconfigured for a
    policy that parts of Signalbox other than the guards cannot use.
    """

    def __init__(self, path: Path, *, named: bool = False, check: Callable[[Policy], object] = lambda _: None) -> None:
        self._path = path
        self._named = named
        self._check = check
        self._seen: tuple[int, ...] | None = None
        self._good: Policy | None = None
        self._lock = threading.Lock()
        self.problem = ""

    def policy(self) -> Policy:
        """The policy that holds now; Misconfigured when the file can't be used and there was no good one before."""
        with self._lock:  # who comes while another one reads must not think that it was read
            return self._policy()

    def _policy(self) -> Policy:
        stamp = self._stamp()
        if stamp is None and self._good is None and not self._named:
            self._seen, self.problem = None, ""
            return Policy(written=False)
        if stamp is None:
            self.problem = f"{self._path.name} is gone."
        elif stamp != self._seen:
            self._seen = stamp
            self._read()
        if self._good is None:
            raise Misconfigured(self.problem, "Until it is mended, nothing may run.")
        return self._good

    def _stamp(self) -> tuple[int, ...] | None:
        """What changes when the file does; None without a file, empty when it can't be looked at."""
        try:
            stat = self._path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return ()
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _read(self) -> None:
        try:
            with self._path.open("rb") as file:
                found = _parse(file.read(MAX_BYTES + 1))
            self._check(found)
            self._good, self.problem = found, ""
        except (OSError, ValueError, Misconfigured) as error:
            self.problem = f"{self._path.name} cannot be used: {_sentence(error)}"


def _parse(text: bytes) -> Policy:
    if len(text) > MAX_BYTES:
        raise ValueError("it is larger than 1 MB.")
    content = read_mapping(text)
    if "written" in content:  # a field of ours, not a key of the file
        raise ValueError("written: Extra inputs are not permitted.")
    return Policy.model_validate(content)


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        problems = error.errors(include_url=False, include_input=False)
        return "; ".join(f"{'.'.join(str(part)[:60] for part in p['loc'])}: {p['msg']}" for p in problems[:5]) + "."
    if isinstance(error, OSError):
        return f"{error.strerror}."
    return str(error)
