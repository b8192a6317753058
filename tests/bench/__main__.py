"""`python -m tests.bench`: how long the whole road takes beside bare ansible-playbook; exits 1 when it is too long."""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from tests.bench import project, report
from tests.bench.measure import Figures, cold, warm
from tests.bench.sides import Sides, asking
from tests.bench.stack import stack


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--hosts", type=int, default=50)
    parser.add_argument("--tasks", type=int, default=20)
    parser.add_argument("--modules", type=int, default=0, help="how many of the tasks run a module on the hosts")
    parser.add_argument("--pairs", type=int, default=3, help="at most; fewer on a slow machine")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, _as_interrupt)
    with tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder:
        figures = _measure(Path(folder), given)
    for line in report.lines(figures, made=given):
        print(line)
    return 0 if report.ratio(figures) <= report.LIMIT else 1


def _measure(folder: Path, given: argparse.Namespace) -> Figures:
    began = time.monotonic()
    made = project.make(folder / "project", hosts=given.hosts, tasks=given.tasks, modules=given.modules)
    say = [cold(Sides(project=made, home=folder / f"cold{n}"), text) for n, text in enumerate(("help", asking("one")))]
    sides = Sides(project=made, home=folder / "home")
    with stack(sides) as running:
        return warm(sides, running, pairs=given.pairs, first=say, began=began)


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
