"""A command enters; it runs to its end, and when it wrote which line leaves."""

import os
import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT_SECONDS = 7_200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One command: `lines` are (Unix seconds, text), times are Unix seconds of the same clock.

    `cpu` is how many seconds the processors worked for it and for all that it started and waited for.
    """

    began: float
    ended: float
    status: int
    cpu: float
    lines: tuple[tuple[float, str], ...]

    @property
    def seconds(self) -> float:
        """From the start of the process to its end."""
        return self.ended - self.began

    def first(self, wanted: Callable[[str], bool]) -> float:
        """When the first such line came, in Unix seconds; LookupError with the output when there is none."""
        for at, line in self.lines:
            if wanted(line):
                return at
        raise LookupError("\n".join(line for _, line in self.lines[-20:]))


def environment(**more: str) -> dict[str, str]:
    """Ours without what changes Python, Ansible or Signalbox, so that both sides run as they would by themselves."""
    foreign = ("PYTHON", "ANSIBLE_", "SIGNALBOX_", "REDIS_URL", "DATABASE_URL", "SLACK_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | more


def run(
    argv: Sequence[str],
    *,
    folder: Path,
    variables: Mapping[str, str],
    on_start: Callable[[int], None] = lambda _pid: None,
) -> Timed:
    """Run it, its output in a pipe; RuntimeError when it takes longer than LIMIT_SECONDS. `on_start` gets its pid."""
    worked, began = _cpu_of_children(), time.time()
    lines = []
    with subprocess.Popen(
        argv, cwd=folder, env=dict(variables), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        on_start(process.pid)
        assert process.stdout is not None
        try:
            for line in process.stdout:
                lines.append((time.time(), line.rstrip("\n")))
                if time.time() - began > LIMIT_SECONDS:
                    raise RuntimeError(f"{argv[0]} took longer than {LIMIT_SECONDS:.0f} s")
            status = process.wait(LIMIT_SECONDS)
        finally:
            if process.poll() is None:
                process.terminate()
    ended = time.time()
    return Timed(began=began, ended=ended, status=status, cpu=_cpu_of_children() - worked, lines=tuple(lines))


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
