"""The invariants: what is seen of an installation at rest enters, every breach of them leaves.

A new one is a function here with a line in INVARIANTS, and a broken state in `test_checks.py`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.model.event import ENDED
from bot.model.status import RunStatus, may_follow
from tests.torture.seen import Mark, RunSeen, Seen, Strike

LOST_SECONDS = 10.0
STOPPED_SECONDS = 4.0
"""A process that was held so long may count as dead: its sign of life lasts five seconds, and may be a second old."""
CARRIES = frozenset({"worker", "horse"})
"""Who has a run in hand."""
OVER_SECONDS = 45.0
"""How long what was done to Redis or SQL may show: a run that ends while it is away waits for half a minute."""
WITHOUT = frozenset({"redis", "sql", "relay"})
"""Without these nobody can say in time that a run is lost."""
NOT_RUN = frozenset({"denied", "expired"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One invariant that does not hold, and where."""

    invariant: str
    run: int | None
    what: str

    def __str__(self) -> str:
        where = "" if self.run is None else f"run {self.run}: "
        return f"{self.invariant}: {where}{self.what}"


Found = Iterator[tuple[int | None, str]]
"""A run (None: no single one), and what is wrong."""


def one_end(seen: Seen) -> Found:
    """Each run is in one final state, reached by allowed steps, told once in the audit, with its recap posted."""
    for run in seen.runs:
        ends = [step for step in run.steps if RunStatus(step).final]
        if not RunStatus(run.status).final:
            yield run.id, f"it is {run.status}"
        elif ends != [run.status] or run.steps[-1] != run.status:
            yield run.id, f"it is {run.status}, and went {' '.join(run.steps)}"
        if bad := [
            pair for pair in zip(run.steps, run.steps[1:], strict=False) if not may_follow(*map(RunStatus, pair))
        ]:
            yield run.id, f"it went from {bad[0][0]} to {bad[0][1]}"
        if run.results != 1:
            yield run.id, f"the audit tells {run.results} ends"
        if not run.recapped:
            yield run.id, "it has no recap"
        if not run.reason and run.status != "successful":
            yield run.id, f"it is {run.status} without a reason"


def asked_once(seen: Seen) -> Found:
    """What was asked for and taken became one run, or somebody was told why not; nothing became two."""
    known = Counter(run.token for run in seen.runs if run.parent is None and run.token)
    for ask in seen.asks:
        if known[ask.token] > 1:
            yield None, f"{ask.token} was asked for once, and became {known[ask.token]} runs"
    missing = [ask for ask in seen.asks if ask.taken and not known[ask.token] and ask.token not in seen.offered]
    yield from (
        (None, f"the alert {ask.token} was taken, and no run came of it") for ask in missing if ask.by != "person"
    )
    people = [ask.token for ask in missing if ask.by == "person"]
    if len(people) > seen.told:
        yield None, f"{len(people)} were taken and became no run, people were told {seen.told} things: {people[:5]}"


def started_once(seen: Seen) -> Found:
    """No playbook was started twice, none of a run that never started, and none did the same on a host twice."""
    runs = {run.id: run for run in seen.runs}
    for number, marks in _by_run(seen).items():
        starts = {mark.start for mark in marks}
        if number not in runs:
            yield number, "a playbook ran for it, and nobody knows it"
        elif len(starts) > 1:
            yield number, f"it was started {len(starts)} times"
        elif not runs[number].started:
            yield number, "its playbook ran, though it never started"
        for (step, host), times in Counter((mark.step, mark.host) for mark in marks).items():
            if times > 1:
                yield number, f"{step} was done {times} times on {host}"


def done_as_told(seen: Seen) -> Found:
    """A successful run was done on each host to its end; one that failed says so because it was to, or was struck."""
    marks = _by_run(seen)
    for run in seen.runs:
        done = {(mark.step, mark.host) for mark in marks.get(run.id, ())}
        if run.status == "successful":
            left = [host for host in run.hosts if not {("begin", host), ("end", host)} <= done]
            if left:
                yield run.id, f"it is successful, and was not done on {' '.join(left)}"
            if run.broken:
                yield run.id, f"it is successful, and was to fail on {' '.join(run.broken)}"


def true_reason(seen: Seen) -> Found:
    """What ended a run that did not go well has happened."""
    for run in seen.runs:
        if why := _untrue(run, seen):
            yield run.id, f"it is {run.status} ({run.reason}), {why}"


def _untrue(run: RunSeen, seen: Seen) -> str:
    """What speaks against the reason of a run; empty when nothing does."""
    strikes = [strike for strike in seen.strikes if run.id in strike.runs]
    away = any(strike.what in {"redis", "sql"} and _near(strike, run) for strike in seen.strikes)
    match run.status:
        case "lost":
            deadly = any(strike.what in CARRIES and _deadly(strike) for strike in strikes)
            return "" if deadly or away else "and its worker did not die"
        case "failed":
            ended = any(strike.what in {"playbook", "engine"} for strike in strikes)
            return "" if run.broken or ended else "and nothing was to fail"
        case "error":
            ended = any(strike.what in {"playbook", "engine", "horse", "worker"} for strike in strikes)
            return "" if ended or away else "and nothing happened to it"
        case "canceled":
            return "" if run.canceled_by else "and nobody canceled it"
        case "timeout":
            return "and it had time"
    return ""


def queued_runs_run(seen: Seen) -> Found:
    """A run that had not started when something was struck ran all the same: only people and policy stop those."""
    for run in seen.runs:
        if not run.started and run.status in {"lost", "error", "failed", "timeout"}:
            yield run.id, f"it had not started, and is {run.status} ({run.reason})"


def lost_soon(seen: Seen) -> Found:
    """A run whose worker died is lost within ten seconds, if there was a relay, Redis and SQL to say so."""
    for run, seconds in times_to_loss(seen).items():
        if seconds > LOST_SECONDS:
            yield run, f"it was lost after {seconds:.1f} s"


def times_to_loss(seen: Seen) -> dict[int, float]:
    """Seconds from the death of who had it, for each lost run where nothing else was struck meanwhile."""
    found = {}
    for run in (run for run in seen.runs if run.status == "lost"):
        killed = [s.at for s in seen.strikes if run.id in s.runs and s.what in CARRIES and s.way == "KILL"]
        if killed and not any(_silences(s) and _between(s, min(killed), run.ended_at) for s in seen.strikes):
            found[run.id] = run.ended_at - min(killed)
    return found


def events_whole(seen: Seen) -> Found:
    """Events are stored without a gap or a double up to the one that ends the run, and Redis has no other."""
    for run in seen.runs:
        expected = tuple(range(1, len(run.counters) + 1))
        if run.counters != expected:
            gaps = sorted(set(expected) ^ set(run.counters))[:5]
            yield run.id, f"its events are not 1 to {len(run.counters)}: {gaps}"
        if run.last_kind != ENDED or run.final_counter != len(run.counters):
            yield run.id, f"its last event is {run.last_kind} {run.final_counter}, of {len(run.counters)}"
        if more := sorted(set(seen.streams.get(run.id, ())) - set(run.counters))[:5]:
            yield run.id, f"Redis has events that SQL has not: {more}"


def shown_final(seen: Seen) -> Found:
    """Each run has one card, which tells its end, and one recap; everything was sent, and Slack bore it."""
    for run in seen.runs:
        shown = seen.shown.get(run.id)
        if shown is None or len(shown.cards) != 1:
            yield run.id, f"it has {len(shown.cards) if shown else 0} cards"
        elif run.status.replace("_", " ") not in shown.cards[0]:
            yield run.id, f"it is {run.status}, its card says {shown.cards[0]!r}"
        if shown is not None and len(shown.recaps) != 1:
            yield run.id, f"it has {len(shown.recaps)} recaps"
    if seen.unsent:
        yield None, f"{seen.unsent} deliveries wait"
    yield from ((None, limit) for limit in seen.broken_limits)


def consents_acted_once(seen: Seen) -> Found:
    """What waited for people waits no more; with their yes it was queued once, without it it never was."""
    for run in (run for run in seen.runs if run.stage):
        queued = run.steps.count("queued")
        if run.stage in {"confirm", "approve"}:
            yield run.id, f"it still waits ({run.stage})"
        elif queued != (run.stage == "granted"):
            yield run.id, f"it is {run.stage}, and was queued {queued} times"
        elif run.stage != "granted" and run.started:
            yield run.id, f"it is {run.stage}, and ran"


def nothing_left(seen: Seen) -> Found:
    """No process of a run, no private folder, no lock, lease or job is left."""
    for kind, found in (("process", seen.processes), ("folder", seen.folders), ("key", seen.keys)):
        yield from ((None, f"{kind} {each}") for each in found)


def audit_holds(seen: Seen) -> Found:
    """The chain of the audit verifies."""
    if seen.audit:
        yield None, seen.audit


INVARIANTS: Mapping[str, Callable[[Seen], Found]] = {
    "one end": one_end,
    "asked once": asked_once,
    "started once": started_once,
    "done as told": done_as_told,
    "a true reason": true_reason,
    "queued runs run": queued_runs_run,
    "lost soon": lost_soon,
    "events whole": events_whole,
    "shown to the end": shown_final,
    "consents acted once": consents_acted_once,
    "nothing left": nothing_left,
    "the audit holds": audit_holds,
}


def breaches(seen: Seen) -> list[Breach]:
    """All that does not hold."""
    return [
        Breach(invariant=name, run=run, what=what) for name, check in INVARIANTS.items() for run, what in check(seen)
    ]


def _by_run(seen: Seen) -> dict[int, list[Mark]]:
    found: dict[int, list[Mark]] = defaultdict(list)
    for mark in seen.marks:
        found[mark.run].append(mark)
    return found


def _deadly(strike: Strike) -> bool:
    return strike.way != "STOP" or strike.until - strike.at > STOPPED_SECONDS


def _silences(strike: Strike) -> bool:
    """Whether it keeps those who would say so from it; a door that is held may hold SQLite, too, if it was writing."""
    return strike.what in WITHOUT or (strike.what, strike.way) == ("serve", "STOP")


def _near(strike: Strike, run: RunSeen) -> bool:
    """Whether what was done to a store may have to do with the run's end."""
    return strike.at - 1 <= run.ended_at <= strike.until + OVER_SECONDS


def _between(strike: Strike, begin: float, end: float) -> bool:
    return strike.at <= end and strike.until >= begin - LOST_SECONDS
