"""What was done and what came of it enters; the report leaves, in Markdown."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.torture.checks import INVARIANTS, Breach, times_to_loss
from tests.torture.seen import Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Torture:
    """One torture that is over; `unrest` is what was still under way when patience was at its end."""

    seed: int
    minutes: float
    database: str
    workers: int
    relays: int
    seen: Seen
    breaches: Sequence[Breach]
    unrest: Sequence[str] = ()

    @property
    def well(self) -> bool:
        """Whether everything held, and anything ran at all."""
        ran = any(run.status == "successful" for run in self.seen.runs)
        return ran and not self.breaches and not self.unrest


def lines(torture: Torture) -> Iterator[str]:
    """The report."""
    seen = torture.seen
    yield "# Torture"
    yield ""
    yield "The last report of `make torture`: a whole installation under load, in which processes are killed (SIGKILL),"
    yield "ended (SIGTERM) and held for a while (SIGSTOP), at random moments. Afterwards everything is looked through:"
    yield "SQL, Redis, the fake Slack, processes, folders, and what playbooks wrote down themselves."
    yield ""
    yield f"- `python -m tests.torture --minutes {torture.minutes:g} --seed {torture.seed}`:"
    relays = "one relay" if torture.relays == 1 else f"{torture.relays} relays"
    yield f"  {torture.database}, {torture.workers} workers, {relays}, one `serve`, one Redis with its file"
    yield f"- {len(seen.runs)} runs, {len(seen.strikes)} strikes, {_events(seen)} events, {len(seen.asks)} asks"
    yield f"- **{'Everything held.' if torture.well else 'NOT everything held.'}**"
    yield from _section("Strikes", _strikes(seen))
    yield from _section("Runs by how they ended", _table(("status", "runs"), _counted(run.status for run in seen.runs)))
    yield from _section("Until a run is lost", _lost(seen))
    yield from _section("Invariants", _invariants(torture))
    if not torture.well:
        yield from _section("What did not hold", (f"- {each}" for each in (*torture.unrest, *torture.breaches)))


def _events(seen: Seen) -> int:
    return sum(len(run.counters) for run in seen.runs)


def _section(title: str, body: Iterator[str]) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    yield from body


def _strikes(seen: Seen) -> Iterator[str]:
    ways = sorted({strike.way for strike in seen.strikes})
    counted = Counter((strike.what, strike.way) for strike in seen.strikes)
    rows = [(what, *(str(counted[what, way]) for way in ways)) for what in sorted({what for what, _ in counted})]
    yield from _table(("what", *ways), rows)


def _lost(seen: Seen) -> Iterator[str]:
    seconds = sorted(times_to_loss(seen).values())
    if seconds:
        yield f"{len(seconds)} runs whose worker was killed while relay, Redis and SQL were left alone:"
        yield f"{seconds[0]:.1f} to {seconds[-1]:.1f} seconds."
    else:
        yield "No run was lost while relay, Redis and SQL were left alone."


def _invariants(torture: Torture) -> Iterator[str]:
    broken = Counter(breach.invariant for breach in torture.breaches)
    described = ((name, str(check.__doc__), str(broken[name])) for name, check in INVARIANTS.items())
    yield from _table(("invariant", "what it says", "breaches"), described)


def _counted(words: Iterator[str]) -> list[tuple[str, str]]:
    return [(word, str(times)) for word, times in Counter(words).most_common()]


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield _row(head)
    yield _row(tuple("---" for _ in head))
    yield from map(_row, rows)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"
