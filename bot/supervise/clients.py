"""Who uses the processes of one home: file locks, which the kernel frees when a process ends in any way.

`tenants` is locked shared by everyone who uses the stack; `stack` is locked exclusively by the stack while it lives.
The stack ends when it gets `tenants` exclusively: then nobody is left, and nobody can come in until it is gone.
"""

import fcntl
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STAYS = b"stays"
LAST_OUT_SECONDS = 15.0
PROBE_SECONDS = 0.05
PROBES = 4
"""How often a lock is looked at again before it counts as held: whoever looks holds it for a moment."""


class _Lock:
    """An advisory lock on a file; the file stays, the lock ends with the process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, how: int) -> None:
        fcntl.flock(self._file, how)

    def try_take(self, how: int) -> bool:
        try:
            fcntl.flock(self._file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def free(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def read(self) -> bytes:
        return os.pread(self._file, len(STAYS), 0)

    def write(self, note: bytes) -> None:
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, note, 0)

    def close(self) -> None:
        os.close(self._file)


class Tenancy:
    """The use that this process makes of the stack of a home."""

    def __init__(self, home: Path) -> None:
        self._tenants = _Lock(home / "tenants.lock")
        self._stack = _Lock(home / "stack.lock")

    def enter(self) -> None:
        """Register as a user; waits while a stack is on its way out."""
        self._tenants.take(fcntl.LOCK_SH)

    def stack_lives(self) -> bool:
        """Whether a stack serves this home."""
        if not self._stack.try_take(fcntl.LOCK_SH):
            return True
        self._stack.free()
        return False

    def stack_stays(self) -> bool:
        """Whether the stack goes on when nobody uses it (`up`), as it said itself."""
        return self._stack.read() == STAYS

    def leave(self, *, seconds: float = LAST_OUT_SECONDS) -> None:
        """Stop being a user; the last one waits until the stack is gone, unless it is one that stays."""
        self._tenants.free()
        deadline = time.monotonic() + seconds
        others = 0
        while time.monotonic() < deadline and self._stack_goes() and others < PROBES:
            others = others + 1 if self._others() else 0
            time.sleep(random.uniform(0.5, 1) * PROBE_SECONDS)  # noqa: S311 (so that two who look don't keep step)
        self._tenants.close()
        self._stack.close()

    def _stack_goes(self) -> bool:
        """Whether there is a stack that ends when nobody uses it."""
        return self.stack_lives() and not self.stack_stays()

    def _others(self) -> bool:
        """Whether another user holds on: a stack that is on its way out would hold the lock exclusively."""
        if self._tenants.try_take(fcntl.LOCK_EX):
            self._tenants.free()
            return False
        shared = self._tenants.try_take(fcntl.LOCK_SH)
        if shared:
            self._tenants.free()
        return shared


class Membership:
    """The stack's side of the same locks."""

    def __init__(self, home: Path) -> None:
        self._tenants = _Lock(home / "tenants.lock")
        self._stack = _Lock(home / "stack.lock")

    @contextmanager
    def serving(self, *, stays: bool) -> Iterator[bool]:
        """Be the stack of the home, one that `stays` when nobody uses it or not; False when there is one already."""
        served = self._take_stack()
        if served:
            self._stack.write(STAYS if stays else b"")
        try:
            yield served
        finally:
            self._stack.close()  # before the tenants' lock: whoever waits there must find no stack
            self._tenants.close()

    def _take_stack(self) -> bool:
        for _ in range(PROBES):
            if self._stack.try_take(fcntl.LOCK_EX):
                return True
            time.sleep(PROBE_SECONDS)
        return False

    def deserted(self) -> bool:
        """Whether nobody uses the stack; once True, nobody can come in until this process has ended."""
        return self._tenants.try_take(fcntl.LOCK_EX)
