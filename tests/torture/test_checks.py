"""The checker itself: it says nothing of an installation at rest, and complains of every state that is broken."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.torture.checks import INVARIANTS, breaches, times_to_loss
from tests.torture.report import Torture, lines
from tests.torture.seen import Ask, Mark, RunSeen, Seen, Shown, Strike

GOOD = ("queued", "starting", "running", "successful")
LOST = ("queued", "starting", "running", "lost")


def run(number: int, **more: Any) -> RunSeen:
    """A run on two hosts that went well."""
    well = {
        "status": "successful",
        "token": f"t{number}",
        "hosts": ("a", "b"),
        "steps": GOOD,
        "counters": (1, 2, 3),
        "last_kind": "run_ended",
        "final_counter": 3,
        "ended_at": 100.0,
    }
    return RunSeen(id=number, **{**well, **more})


def marks(number: int, *steps: str, start: str = "x") -> tuple[Mark, ...]:
    """What its playbook wrote on both hosts."""
    return tuple(
        Mark(run=number, start=f"{number}-{start}", step=step, host=host) for step in steps for host in ("a", "b")
    )


def shown(status: str) -> Shown:
    """A card and a recap."""
    return Shown(cards=(f"Run, work in alpha: {status}",), recaps=(f"Recap. {status}",))


WELL = Seen(
    runs=(
        run(1),
        run(2, status="lost", reason="Its worker died.", steps=LOST, ended_at=107.0),
        run(
            3,
            status="denied",
            reason="no",
            steps=("awaiting_approval", "denied"),
            stage="denied",
            started=False,
        ),
        run(4, steps=("awaiting_approval", *GOOD), stage="granted"),
    ),
    marks=(*marks(1, "begin", "end"), *marks(2, "begin"), *marks(4, "begin", "end")),
    strikes=(Strike(at=100.0, until=100.0, what="horse", way="KILL", runs=(2,)),),
    asks=(*(Ask(token=f"t{number}", taken=True) for number in (1, 2, 3, 4)), Ask(token="t9", taken=False)),
    shown={1: shown("successful"), 2: shown("lost"), 3: shown("denied"), 4: shown("successful")},
    streams={1: (2, 3)},
)


def with_run(number: int, **more: Any) -> Callable[[Seen], Seen]:
    """The same with one run changed."""

    def changed(seen: Seen) -> Seen:
        return replace(seen, runs=tuple(replace(one, **more) if one.id == number else one for one in seen.runs))

    return changed


def having(**more: Any) -> Callable[[Seen], Seen]:
    """The same with something else seen."""
    return lambda seen: replace(seen, **more)


def marked(*more: Mark) -> Callable[[Seen], Seen]:
    """The same with more lines of playbooks."""
    return lambda seen: replace(seen, marks=(*seen.marks, *more))


BROKEN: list[tuple[str, str, Callable[[Seen], Seen]]] = [
    ("one end", "it goes on", with_run(1, status="running", steps=GOOD[:3])),
    ("one end", "it ended twice", with_run(1, steps=(*GOOD[:3], "failed", "successful"))),
    ("one end", "it left out a step", with_run(1, steps=("queued", "running", "successful"))),
    ("one end", "two ends in the audit", with_run(1, results=2)),
    ("one end", "no end in the audit", with_run(1, results=0)),
    ("one end", "no recap", with_run(1, recapped=False)),
    ("one end", "no reason", with_run(2, reason="")),
    ("asked once", "two runs of one ask", with_run(2, token="t1")),
    ("asked once", "nothing came of an ask", having(asks=(Ask(token="t8", taken=True),))),
    ("asked once", "nothing came of an alert", having(asks=(Ask(token="t8", taken=True, by="alert"),), told=5)),
    ("started once", "two starts", marked(*marks(2, "more", start="y"))),
    ("started once", "twice on a host", marked(*marks(1, "end"))),
    ("started once", "an unknown run", marked(*marks(7, "begin"))),
    ("started once", "a denied one ran", marked(*marks(3, "begin"))),
    ("done as told", "not to its end", having(marks=marks(1, "begin"))),
    ("done as told", "it was to fail", with_run(1, broken=("a",))),
    ("a true reason", "its worker lives", having(strikes=())),
    (
        "a true reason",
        "held for a moment",
        having(strikes=(Strike(at=1, until=2, what="horse", way="STOP", runs=(2,)),)),
    ),
    ("a true reason", "nothing was to fail", with_run(1, status="failed", reason="x", steps=(*GOOD[:3], "failed"))),
    ("a true reason", "no cause", with_run(1, status="error", reason="x", steps=(*GOOD[:3], "error"))),
    ("a true reason", "nobody canceled it", with_run(1, status="canceled", reason="x", steps=("queued", "canceled"))),
    ("a true reason", "it had time", with_run(1, status="timeout", reason="x", steps=(*GOOD[:3], "timeout"))),
    ("queued runs run", "lost before it started", with_run(2, started=False)),
    ("lost soon", "lost late", with_run(2, ended_at=111.0)),
    ("events whole", "a gap", with_run(1, counters=(1, 3, 4))),
    ("events whole", "no end", with_run(1, last_kind="runner_on_ok")),
    ("events whole", "an end that counts wrong", with_run(1, final_counter=4)),
    ("events whole", "more in Redis", having(streams={1: (2, 3, 4)})),
    ("shown to the end", "no card", having(shown={})),
    ("shown to the end", "two cards", having(shown={**WELL.shown, 1: Shown(cards=("successful",) * 2, recaps=("x",))})),
    ("shown to the end", "it says running", having(shown={**WELL.shown, 1: shown("running")})),
    (
        "shown to the end",
        "two recaps",
        having(shown={**WELL.shown, 1: Shown(cards=("successful",), recaps=("x",) * 2)}),
    ),
    ("shown to the end", "something waits", having(unsent=1)),
    ("shown to the end", "a limit was broken", having(broken_limits=("chat.update: more than 50",))),
    ("consents acted once", "it waits", with_run(3, stage="approve")),
    ("consents acted once", "queued twice", with_run(4, steps=("awaiting_approval", "queued", *GOOD))),
    ("consents acted once", "a yes that came to nothing", with_run(4, steps=("awaiting_approval", "canceled"))),
    ("consents acted once", "a no that ran", with_run(3, started=True)),
    ("nothing left", "a process", having(processes=("of run 1: sleep 600",))),
    ("nothing left", "a folder", having(folders=("runs/1-x",))),
    ("nothing left", "a key", having(keys=("signalbox:run:1:envelope",))),
    ("the audit holds", "a broken chain", having(audit="The audit is broken at row 3")),
]


def test_nothing_is_said_of_an_installation_at_rest() -> None:
    """Given runs that went well, were lost, denied and approved, when they are checked, then everything holds."""
    assert breaches(WELL) == []


@pytest.mark.parametrize(("invariant", "how", "broken"), BROKEN, ids=[f"{name}: {how}" for name, how, _ in BROKEN])
def test_a_broken_state_is_found(invariant: str, how: str, broken: Callable[[Seen], Seen]) -> None:
    """Given a state that is broken in one way, when it is checked, then the invariant that is meant complains."""
    assert invariant in {breach.invariant for breach in breaches(broken(WELL))}, how


def test_every_invariant_has_a_broken_state() -> None:
    """Given the invariants, when the broken states are counted, then each has one at least."""
    assert {name for name, _, _ in BROKEN} == set(INVARIANTS)


def test_who_could_not_say_so_in_time_is_no_breach() -> None:
    """Given a run that was lost late, when the relay was struck meanwhile, then that is why."""
    late = with_run(2, ended_at=130.0)(WELL)
    assert times_to_loss(late) == {2: 30.0}
    for what, way, counts in (("relay", "KILL", True), ("serve", "STOP", True), ("serve", "KILL", False)):
        struck = replace(late, strikes=(*late.strikes, Strike(at=101.0, until=103.0, what=what, way=way)))
        assert (times_to_loss(struck) == {}) is counts
        assert (breaches(struck) == []) is counts


@pytest.mark.parametrize(("seen", "says"), [(WELL, "Everything held."), (Seen(), "NOT everything held.")])
def test_the_report_says_whether_everything_held(seen: Seen, says: str) -> None:
    """Given a torture, when it is reported, then it says how it went; where nothing ran, nothing was shown to hold."""
    made = Torture(seed=1, minutes=1, database="SQLite", workers=2, relays=2, seen=seen, breaches=breaches(seen))
    text = "\n".join(lines(made))
    assert says in text
    assert "| horse | 1 |" in text or not seen.strikes
