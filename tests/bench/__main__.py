"""`python -m tests.bench`: the road beside bare ansible-playbook, and how quick Slack is; exits 1 when too long."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from tests.bench import alerts, idle, load, project, report, rules, sizes, slack, together, wide
from tests.bench.measure import Figures, cold, warm
from tests.bench.sides import Sides, asking
from tests.bench.stack import stack

USUAL = ("road", "slack", "rules")
"""What is measured when no part is named."""
HOSTS = 100
JUDGMENTS = ("PASS", "OVER", "UNDER", "BROKEN")
ASKED = ("together", "wide", "alerts", "load", "idle", "sizes")
"""And what then has to be named."""
Part = tuple[list[str], bool]
"""The lines of a part of the report, and whether it was quick enough."""


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--hosts", type=int, help=f"{HOSTS} where nothing is said; {wide.HOSTS} in `wide`")
    parser.add_argument("--tasks", type=int, default=20)
    parser.add_argument("--modules", type=int, default=0, help="how many of the tasks run a module on the hosts")
    parser.add_argument("--pairs", type=int, default=3, help="at most; fewer on a slow machine")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md too")
    parser.add_argument("--only", choices=[*USUAL, *ASKED], help="one part of the report")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, _as_interrupt)
    parts: dict[str, Callable[[], Part]] = {
        "road": lambda: _road(given),
        "slack": _slack,
        "rules": _rules,
        "together": lambda: _together(given),
        "wide": lambda: _wide(given),
        "alerts": lambda: _alerts(given),
        "load": _load,
        "sizes": _sizes,
        "idle": _idle,
    }
    quick = True
    for name in [given.only] if given.only else USUAL:
        told, well = parts[name]()
        print("\n".join(told), flush=True)
        if given.write:
            _write(name, told)
            _note(name, told)
        quick = quick and well
    return 0 if quick else 1


def _road(given: argparse.Namespace) -> Part:
    with tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder:
        figures = _measure(Path(folder), given)
    return list(report.lines(figures, made=given)), report.passed(figures)


def _slack() -> Part:
    figures = slack.measure()
    return list(slack.lines(figures)), slack.passed(figures)


def _rules() -> Part:
    figures = rules.measure()
    return list(rules.lines(figures)), rules.passed(figures)


def _together(given: argparse.Namespace) -> Part:
    figures = together.measure(given.pairs)
    return list(together.lines(figures)), together.passed(figures)


def _wide(given: argparse.Namespace) -> Part:
    figures = wide.measure(given.hosts or wide.HOSTS)
    return list(wide.lines(figures)), wide.passed(figures)


def _alerts(given: argparse.Namespace) -> Part:
    figures = alerts.measure(given.pairs)
    return list(alerts.lines(figures)), alerts.passed(figures)


def _load() -> Part:
    figures = load.measure()
    return list(load.lines(figures)), load.passed(figures)


def _sizes() -> Part:
    return list(sizes.lines(sizes.measure())), True


def _idle() -> Part:
    figures = idle.measure()
    return list(idle.lines(figures)), idle.passed(figures)


def _note(name: str, told: list[str]) -> None:
    """What was judged joins the table of earlier runs, newest last."""
    page = project.ROOT / "docs" / "benchmarks.md"
    quiet = "" if not any(line.startswith("NOT QUIET") for line in told) else "not quiet"
    judged = [line for line in told if line.rpartition(": ")[2] in JUDGMENTS]
    rows = "".join(f"| {datetime.now(UTC).date()} | {name} | {line} | {quiet} |\n" for line in judged)
    before, mark, after = page.read_text(encoding="utf-8").partition("<!-- end of history -->")
    page.write_text(f"{before}{rows}{mark}{after}", encoding="utf-8")


def _write(name: str, told: list[str]) -> None:
    """Between the two marks of the page; headings one level lower, since the page has its own title."""
    page = project.ROOT / "docs" / ("scaling.md" if name == "sizes" else "benchmarks.md")
    before, mark, rest = page.read_text(encoding="utf-8").partition(f"<!-- {name} -->")
    _, end, after = rest.partition(f"<!-- end of {name} -->")
    tables = "\n".join(f"\n##{line}\n" if line.startswith("# ") else line for line in _spaced(told))
    page.write_text(f"{before}{mark}\n{tables}\n{end}{after}", encoding="utf-8")


def _spaced(told: list[str]) -> Iterator[str]:
    """Markdown wants an empty line between a table and what comes after it."""
    for line, above in zip(told, ["", *told], strict=False):
        if above.startswith("|") and line and not line.startswith("|"):
            yield ""
        yield line


def _measure(folder: Path, given: argparse.Namespace) -> Figures:
    began = time.monotonic()
    made = project.make(folder / "project", hosts=given.hosts or HOSTS, tasks=given.tasks, modules=given.modules)
    say = [cold(Sides(project=made, home=folder / f"cold{n}"), text) for n, text in enumerate(("help", asking("one")))]
    sides = Sides(project=made, home=folder / "home")
    with stack(sides) as running:
        return warm(sides, running, pairs=given.pairs, first=say, began=began)


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
