"""Numbers and outcomes enter; the words that people read leave."""

from collections import Counter
from collections.abc import Iterable, Sequence

from bot.chat.text import line
from bot.model.run import HostOutcome
from bot.model.status import RunStatus
from bot.model.view import Failure, RunCard, Step, Wave

COUNTS = ("ok", "changed", "unreachable", "failed", "skipped", "rescued", "ignored")
STATES = ("unreachable", "failed", "changed", "ok", "skipped", "rescued", "waiting")
NAME_CHARACTERS = 60
WAVES_SHOWN = 8


def run_time(card: RunCard, now: float) -> float | None:
    """Seconds from the start of the run to its end, or to `now`; None before it has started."""
    view = card.view
    if view.started_at is None:
        return None
    return (view.ended_at if view.ended_at is not None else now) - view.started_at


def many(count: int, one: str, more: str = "") -> str:
    """`1 host`, `3 hosts`."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def how_many(card: RunCard) -> str:
    """`3 hosts`; `every machine` when only what provides an environment knows which there are."""
    count = max(len(card.hosts), len(card.view.outcomes))
    return many(count, "host") if count else "every machine"


def state(outcome: HostOutcome) -> str:
    """The worst thing that happened to a host, in a word."""
    return next((word for word in STATES[:-1] if getattr(outcome, word)), "waiting")


def states(card: RunCard) -> str:
    """`1 failed, 3 ok, 4 waiting`: how many hosts of the run are in which state."""
    counted = Counter(state(outcome) for outcome in card.view.outcomes)
    counted["waiting"] += max(0, len(card.hosts) - len(card.view.outcomes))
    none = "without result" if card.view.status.final else "waiting"
    return ", ".join(f"{counted[word]} {none if word == 'waiting' else word}" for word in STATES if counted[word])


def counts(outcome: HostOutcome) -> str:
    """`ok 3, changed 1`: what a host's counts are, zeros left out."""
    return ", ".join(f"{name} {getattr(outcome, name)}" for name in COUNTS if getattr(outcome, name)) or "no result"


def rest_of_hosts(outcomes: Sequence[HostOutcome]) -> str:
    """What is said of hosts for which there is no room."""
    counted = Counter(state(outcome) for outcome in outcomes)
    if not counted["unreachable"] and not counted["failed"] and not counted["waiting"]:
        return f"and {many(len(outcomes), 'more host')}, all ok"
    words = ", ".join(f"{counted[word]} {word}" for word in STATES[:-1] if counted[word])
    none = f"{counted['waiting']} without result" if counted["waiting"] else ""
    return f"and {many(len(outcomes), 'more host')}: {', '.join(part for part in (words, none) if part)}"


def names(hosts: Iterable[str], most: int, more: int = 0) -> str:
    """`a, b and 3 more`; `more` hosts are not even in `hosts`."""
    listed = [line(host, NAME_CHARACTERS) for host in hosts]
    hidden = max(0, len(listed) - most) + more
    shown = ", ".join(listed[:most])
    return f"{shown} and {hidden} more" if hidden else shown


def failure_title(failure: Failure) -> str:
    """`web1 unreachable, in TASK x`."""
    word = "unreachable" if failure.unreachable else "failed"
    where = f", in TASK {line(failure.task, 120)}" if failure.task else ""
    return f"{line(failure.host, NAME_CHARACTERS)} {word}{where}"


def reason(card: RunCard) -> str:
    """Why the run ended so; empty when that is only how many hosts failed, which the list of failures says better."""
    view = card.view
    counted = view.status is RunStatus.FAILED and view.reason.startswith(f"{view.failure_count} of ")
    return "" if counted and view.failures else view.reason.strip()


def busy_sentence(card: RunCard) -> str:
    """Which hosts may go on working after the run was ended."""
    busy = card.view.busy_hosts
    return f"{names(busy, 5)} may still be busy with what was started there." if busy else ""


def next_steps(card: RunCard) -> tuple[str, ...]:
    """Commands that make sense after this run."""
    view, steps = card.view, [f"log {card.run_id}"]
    if any(outcome.bad for outcome in view.outcomes):
        steps.append(f"retry {card.run_id}")
    if card.check and view.status == "successful":
        steps.append(f"apply {card.run_id}")
    return tuple(steps)


def facts(card: RunCard) -> tuple[str, ...]:
    """Where the run goes and whose it is: environment, limit, how many hosts, who asked, which revision."""
    limit = f"limit {line(card.limit, 120)}" if card.limit else ""
    revision = f"revision {line(card.revision, 60)}" if card.revision else ""
    asked = f"asked by {line(card.actor, NAME_CHARACTERS)}"
    parts = (f"in {line(card.environment, NAME_CHARACTERS)}", limit, how_many(card), asked, revision)
    return tuple(part for part in parts if part)


def waves(card: RunCard) -> str:
    """`wave 1 of 3: 2 hosts, done, 1 failed; wave 2 of 3: 4 hosts, waiting`; empty for a run without waves."""
    every = card.view.waves
    told = [_wave(wave, number, card) for number, wave in enumerate(every[:WAVES_SHOWN], start=1)]
    more = [f"and {len(every) - WAVES_SHOWN} more"] if len(every) > WAVES_SHOWN else []
    return "; ".join([*told, *more])


def steps(card: RunCard) -> str:
    """`bring up: done; check: running; run: to come`; empty for a run without steps."""
    return "; ".join(_step(step, final=card.view.status.final) for step in card.view.steps)


def _step(step: Step, *, final: bool) -> str:
    state = step.state or "to come"
    if final and state in {"to come", "running"}:
        state = "not reached" if state == "to come" else "not done"
    note = f" ({line(step.note, 200)})" if step.note else ""
    return f"{line(step.name, NAME_CHARACTERS)}: {state}{note}"


def go_sentence(card: RunCard) -> str:
    """What a run between two waves waits for; empty for any other."""
    return f"It waits for a person: `confirm {card.run_id}` lets it go on." if card.view.asks_go else ""


def _wave(wave: Wave, number: int, card: RunCard) -> str:
    failed = f", {wave.failed} failed" if wave.failed else ""
    state = wave.state or "to come"
    if card.view.status.final and state != "done":
        state = "not reached" if state in {"to come", "waiting"} else "not done"
    return f"wave {number} of {len(card.view.waves)}: {many(wave.hosts, 'host')}, {state}{failed}"
