"""A run in waves: hosts and what was asked for enter; the waves leave, and after each one what is to be done next."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Waves:
    """`canary` hosts first, 0 for none; then `batch` hosts at a time (`5`, `25%`), empty for all that is left.

    `max_fail` is the percentage of hosts that may fail; None is none of them, or with `pause_on_failure` all, because
    then a person is asked.
    """

    canary: int = 0
    batch: str = ""
    pause_on_failure: bool = False
    max_fail: int | None = None

    @property
    def allowed(self) -> int:
        """Percent of the hosts so far that may fail without an end to the run."""
        if self.max_fail is not None:
            return self.max_fail
        return 100 if self.pause_on_failure else 0

    @property
    def options(self) -> tuple[str, ...]:
        """The options that mean this."""
        said = [f"--canary {self.canary}"] if self.canary else []
        said += [f"--batch {self.batch}"] if self.batch else []
        said += ["--pause-on-failure"] if self.pause_on_failure else []
        return (*said, *([f"--max-fail {self.max_fail}%"] if self.max_fail is not None else []))


class Next(StrEnum):
    """What comes after a wave."""

    GO = "go"
    ASK = "ask"
    STOP = "stop"


def split(hosts: Sequence[str], waves: Waves) -> tuple[tuple[str, ...], ...]:
    """The hosts in their order, wave by wave; a share is of all hosts of the run, and one at least."""
    rest = tuple(hosts)
    made = [rest[: waves.canary]] if waves.canary else []
    rest = rest[waves.canary :]
    size = _size(waves.batch, len(hosts)) or len(rest)
    made += [rest[at : at + size] for at in range(0, len(rest), max(1, size))]
    return tuple(made)


def after(waves: Waves, *, first: bool, failed: int, failed_before: int, reached: int) -> Next:
    """What comes after a wave in which `failed` hosts failed, and `failed_before` in those before, of all `reached`."""
    if (failed + failed_before) * 100 > waves.allowed * reached:
        return Next.STOP
    if (failed and waves.pause_on_failure) or (first and waves.canary):
        return Next.ASK
    return Next.GO


def _size(batch: str, of: int) -> int:
    if batch.endswith("%"):
        return max(1, of * int(batch[:-1]) // 100)
    return int(batch or 0)
