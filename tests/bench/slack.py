"""A whole installation beside the fake Slack with its real limits enters; how quick it is in Slack leaves.

Acknowledgements under fifty commands at once; from an event on a host to the card that shows it, for one run and for
fifty; calls of Slack's API for each run.
"""

import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.bench.load import worked
from tests.bench.measure import Machine
from tests.bench.report import QUIET
from tests.e2e import processes
from tests.fake_slack.to_app.sender import percentile
from tests.slack.town import Town

AT_ONCE = 50
ROUNDS = 4
WORKERS = 12
STEPS = 6
STEP_SECONDS = 4
LIMIT_SECONDS = 600.0
ACK_SECONDS = 3.0
"""How long Slack waits for an acknowledgement."""
_STEP = re.compile(r"Step (\d+)")

Rows = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Some runs at once: `steps` and `ends` are seconds from event to card, `calls` of the API by method."""

    runs: int
    steps: tuple[float, ...]
    ends: tuple[float, ...]
    calls: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackFigures:
    """All that is measured; `acks` in seconds, `violations` what Slack would not have borne.

    `others` is the share of the processors' time, 0 to 1, that went to processes which are not ours.
    """

    acks: tuple[float, ...]
    one: Seen
    fifty: Seen
    violations: int
    others: float = 0.0


def measure() -> SlackFigures:
    """Start an installation in a folder of its own, measure, and end it; about five minutes on two cores."""
    machine, before = Machine(), worked()
    figures = _measured(Town())
    return replace(figures, others=machine.others(worked() - before))


def _measured(town: Town) -> SlackFigures:
    task: dict[str, Any] = {"ansible.builtin.pause": {"seconds": STEP_SECONDS}}
    town.place.playbook("steps", [{"name": f"Step {number}", **task} for number in range(1, STEPS + 1)])
    town.place.commit()
    try:
        with town.up(env={"SIGNALBOX_WORKERS": str(WORKERS)}):
            town.slack.person().slash("/ansible", "runs", channel=town.channel())  # the first one loads everything
            acks = _acks(town)
            one, fifty = _seen(town, 1), _seen(town, AT_ONCE)
            return SlackFigures(acks=acks, one=one, fifty=fifty, violations=len(town.slack.violations))
    finally:
        town.close()


def passed(figures: SlackFigures) -> bool:
    """Whether every acknowledgement came in time, and no limit of Slack's was broken."""
    return max(figures.acks) < ACK_SECONDS and not figures.violations


def lines(figures: SlackFigures) -> Iterator[str]:
    """The part of the report, Markdown tables under their headings."""
    yield f"# Slack: {AT_ONCE} commands at once, {len(figures.acks)} in all"
    yield from _table([("", "p50", "p99", "most"), ("acknowledged", *_spread(figures.acks, 0.99))])
    yield ""
    yield f"# Slack: event on a host → visible in the card; {figures.fifty.runs} runs, {WORKERS} of them at a time"
    rows = [("", "median", "95 %", "most")]
    for seen in (figures.one, figures.fifty):
        runs = f"{seen.runs} run{'s' if seen.runs > 1 else ''}"
        rows += [
            (f"{runs}, a task begins", *_spread(seen.steps, 0.95)),
            (f"{runs}, it ends", *_spread(seen.ends, 0.95)),
        ]
    yield from _table(rows)
    yield ""
    yield "# Slack: calls of its API a run"
    methods = sorted({*figures.one.calls, *figures.fifty.calls})
    calls = [("", "1 run", f"{figures.fifty.runs} runs"), *((name, *_each(figures, name)) for name in methods)]
    yield from _table([*calls, ("all", *_each(figures, None))])
    yield f"limits of Slack broken: {figures.violations}"
    if figures.others > QUIET:
        yield f"NOT QUIET: {figures.others:.0%} of the processors' time went to others; the delays are too long by that"


def _acks(town: Town) -> tuple[float, ...]:
    """Seconds of each acknowledgement."""
    here, before = town.channel(), len(town.slack.app.acks)
    for _ in range(ROUNDS):
        _at_once(lambda _: town.slack.person().slash("/ansible", "runs last 3", channel=here))
    return tuple(town.slack.app.acks[before:])


def _at_once(do: Any, count: int = AT_ONCE) -> None:
    threads = [threading.Thread(target=do, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _seen(town: Town, runs: int) -> Seen:
    """Ask for so many runs at once, and wait until all of them are shown to their end."""
    channels, calls, last = [town.channel() for _ in range(min(runs, 5))], len(town.slack.calls), town.newest()
    text = "run steps on web1 in local"
    _at_once(lambda n: town.slack.person().slash("/ansible", text, channel=channels[n % len(channels)]), runs)
    over = "SELECT count(*) AS n FROM runs WHERE id > ? AND recapped_at IS NOT NULL"
    left = "SELECT count(*) AS n FROM deliveries WHERE state = 'pending'"
    processes.until(lambda: town.place.rows(over, last)[0]["n"] >= runs, LIMIT_SECONDS, "the end of all runs")
    processes.until(lambda: town.place.rows(left)[0]["n"] == 0, LIMIT_SECONDS, "everything delivered")
    numbers = range(last + 1, last + 1 + runs)
    return Seen(
        runs=runs,
        steps=tuple(lag for number in numbers for lag in _step_lags(town, number)),
        ends=tuple(_end_lag(town, number) for number in numbers),
        calls=Counter(seen.method for seen in town.slack.calls[calls:]),
    )


def _shown(town: Town, run: int) -> list[tuple[float, str]]:
    """(Unix seconds, blocks) of each state in which the card was shown."""
    card = town.find(f"card:{run}")
    return [
        (seen.at, str(seen.arguments.get("blocks")) + str(seen.arguments.get("text")))
        for seen in town.slack.calls
        if seen.done and (_posts(seen, run) or (seen.method == "chat.update" and seen.arguments.get("ts") == card.ts))
    ]


def _posts(seen: Any, run: int) -> bool:
    metadata = seen.arguments.get("metadata")
    payload = metadata.get("event_payload", {}) if isinstance(metadata, dict) else {}
    return seen.method == "chat.postMessage" and payload.get("key") == f"card:{run}"


def _step_lags(town: Town, run: int) -> Iterator[float]:
    """Seconds from the beginning of each task to the first card that shows it, or a later one."""
    begun = town.place.rows(
        "SELECT at, task FROM run_events WHERE run_id = ? AND kind = 'playbook_on_task_start' ORDER BY counter", run
    )
    states = [(at, int(found[1])) for at, text in _shown(town, run) if (found := _STEP.search(text))]
    for row in begun:
        number = _STEP.search(row["task"])
        first = next((at for at, step in states if number and step >= int(number[1])), None)
        if first is not None:
            yield first - float(row["at"])


def _end_lag(town: Town, run: int) -> float:
    """Seconds from the run's last event to the card that shows its end."""
    last = town.place.rows("SELECT max(at) AS at FROM run_events WHERE run_id = ?", run)[0]["at"]
    return next(at for at, text in _shown(town, run) if "successful" in text) - float(last)


def _each(figures: SlackFigures, method: str | None) -> tuple[str, str]:
    """Calls a run: of the one, and of the fifty."""
    one, fifty = (
        (sum(seen.calls.values()) if method is None else seen.calls.get(method, 0)) / seen.runs
        for seen in (figures.one, figures.fifty)
    )
    return f"{one:.1f}", f"{fifty:.1f}"


def _spread(seconds: Sequence[float], share: float) -> tuple[str, str, str]:
    if not seconds:
        return "-", "-", "-"
    return tuple(
        f"{1000 * each:.0f} ms" for each in (percentile(seconds, 0.5), percentile(seconds, share), max(seconds))
    )


def _table(rows: Rows) -> Iterator[str]:
    head, *others = rows
    yield _row(head)
    yield "|" + "|".join([" --- ", *(" ---: " for _ in head[1:])]) + "|"
    yield from map(_row, others)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
