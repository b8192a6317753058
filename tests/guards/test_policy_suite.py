"""The policy suite: actor, runbook, environment, channel, values and time enter; the decision and who says so leave."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.guards import Question, decide, explain, settle
from bot.guards.decide import GUARDS
from bot.model.decision import Approval, Confirmation, Verdict
from bot.model.stop import Stop

from .town import LETTERS, POLICY, RUNBOOKS, SATURDAY, WEDNESDAY, asked, running, sign, stop

GRIDS = Path(__file__).with_name("grids.txt")
DAYS = {"Wednesday": WEDNESDAY, "Saturday": SATURDAY}


def _cells() -> Iterator[tuple[str, Question]]:
    """The expected decision of every cell, and its question."""
    day = channel = ""
    for line in GRIDS.read_text(encoding="utf-8").splitlines():
        if line.startswith("=="):
            _, day, channel = line.split()
        elif not line.startswith("#"):
            who, runbook, *cells = line.split()
            for environment, cell in zip(("local", "staging", "prod"), cells, strict=True):
                yield cell, asked(who, runbook, environment, channel=channel, now=DAYS[day])


@pytest.mark.parametrize(("expected", "question"), list(_cells()))
def test_the_grids(expected: str, question: Question) -> None:
    """Given somebody, a runbook and a place, when they ask on a day from a channel, then it is as the grid says."""
    assert sign(decide(POLICY, question)) == expected


def test_the_grids_are_whole() -> None:
    """Given the grids, when they are counted, then each actor meets each runbook in each place, four times."""
    assert len(list(_cells())) == 4 * 8 * len(RUNBOOKS) * 3


DB = {"service": "db-main"}


@pytest.mark.parametrize(
    ("who", "runbook", "environment", "how", "expected"),
    [
        # values that a grant bounds
        ("slack:U7+S1", "deploy", "staging", {"parameters": {"version": "1.9"}}, "+"),
        ("slack:U7+S1", "deploy", "staging", {"parameters": {"version": "1"}}, "-r"),
        ("slack:U7+S1", "deploy", "staging", {"parameters": {"version": "2"}}, "?a"),
        ("slack:U7+S1", "deploy", "staging", {"parameters": {"version": 2}}, "?a"),
        ("slack:U7+S1", "deploy", "staging", {"parameters": {"version": 2.0}}, "?a"),
        ("slack:U7+S1", "deploy", "staging", {"parameters": {"version": True}}, "-r"),
        ("slack:U7+S1", "deploy", "staging", {"parameters": {"version": "3"}}, "-r"),
        ("slack:U7+S1", "deploy", "staging", {"parameters": {"version": ""}}, "-r"),
        ("slack:U7+S1", "deploy", "staging", {"parameters": {}}, "-r"),
        ("slack:U7+S1", "deploy", "staging", {"parameters": {"version": ["1.1", "1.2"]}}, "+"),
        ("slack:U7+S1", "deploy", "staging", {"parameters": {"version": ["1.1", "3"]}}, "-r"),
        ("slack:U7+S1", "deploy", "staging", {"parameters": {"version": {"a": "1.1"}}}, "-r"),
        ("slack:U7", "deploy", "staging", {}, "-r"),
        ("slack:U7+S1", "deploy", "staging", {"channel": ""}, "-r"),
        ("terminal:le", "ping", "prod", {"channel": ""}, "-c"),
        ("slack:U7+S2", "deploy", "staging", {}, "-r"),
        ("terminal:x+S1", "deploy", "staging", {}, "-r"),
        # values that a denial names
        ("terminal:co", "restart", "staging", {"parameters": DB}, "-r"),
        ("terminal:co", "restart", "staging", {"parameters": {"service": ["nginx", "db"]}}, "-r"),
        ("terminal:co", "restart", "staging", {"parameters": {"service": "nginx-db"}}, "?k"),
        ("terminal:co", "restart", "staging", {"parameters": {}}, "?k"),
        ("terminal:op", "restart", "staging", {"parameters": DB}, "?k"),
        # --check and limits
        ("terminal:ca", "ping", "prod", {"check": True}, "?a"),
        ("terminal:ca", "restart", "local", {"check": True}, "+"),
        ("terminal:ca", "restart", "local", {}, "-r"),
        ("terminal:ca", "restart", "staging", {"limit": "all", "hosts": 4, "of": 8}, "-r"),
        ("terminal:ca", "restart", "staging", {"limit": "*", "hosts": 4, "of": 8}, "-r"),
        ("terminal:ca", "restart", "staging", {"limit": "all:all", "hosts": 4, "of": 4}, "-rm"),
        ("terminal:ca", "restart", "staging", {"limit": "h0", "hosts": 1, "of": 1}, "?k"),
        ("terminal:ca", "restart", "staging", {"limit": "all", "hosts": 1, "of": 1}, "-r"),
        ("terminal:co", "deploy", "staging", {"check": True}, "+"),
        ("terminal:co", "deploy", "staging", {"check": False}, "-r"),
        ("terminal:co", "ping", "local", {"limit": "all"}, "-r"),
        ("terminal:co", "ping", "local", {"limit": "web"}, "+"),
        # hosts
        ("terminal:op", "ping", "staging", {"hosts": 5}, "+"),
        ("terminal:op", "ping", "staging", {"hosts": 6}, "-m"),
        ("terminal:op", "restart", "local", {"hosts": 4}, "?k"),
        ("terminal:op", "restart", "local", {"hosts": 5}, "-m"),
        ("terminal:op", "restart", "staging", {"hosts": 6}, "-m"),
        ("terminal:le", "deploy", "staging", {"hosts": 4}, "+"),
        ("terminal:le", "deploy", "staging", {"hosts": 5}, "?a"),
        ("terminal:le", "ping", "prod", {"hosts": 3}, "?a"),
        ("terminal:le", "ping", "prod", {"hosts": 4}, "-m"),
        # who asks: nobody in person
        ("rule:disk", "restart", "local", {"check": True}, "+"),
        ("rule:disk", "report", "prod", {"check": True}, "?a"),
        ("terminal:le", "restart", "prod", {"check": True}, "?a"),
        # unknown runs deny nothing that nobody can know
        ("terminal:le", "ping", "prod", {"active": None, "recent": None}, "?a"),
    ],
)
def test_the_use_decides_too(who: str, runbook: str, environment: str, how: dict[str, Any], expected: str) -> None:
    """Given values, options, limits and hosts, when they are asked for, then grants, denials and bounds judge them."""
    assert sign(decide(POLICY, asked(who, runbook, environment, **how))) == expected


@pytest.mark.parametrize(
    ("runs", "expected"),
    [((), "?a"), (("prod",), "?a"), (("prod", "prod"), "-n"), (("prod",) * 3, "-n"), (("prod", "local", "lab"), "?a")],
)
def test_no_more_runs_at_once_than_a_place_takes(runs: tuple[str, ...], expected: str) -> None:
    """Given runs that are not over, when one more is asked for, then those in the same place count."""
    active = tuple(running(environment) for environment in runs)
    decision = decide(POLICY, asked("terminal:le", "ping", "prod", active=active))
    assert sign(decision) == expected
    if expected == "-n":
        assert decision.text == f"prod takes 2 runs at once, and {len(runs)} are not over. Wait until one is."


@pytest.mark.parametrize(
    ("who", "runbook", "environment", "stops", "expected"),
    [
        ("terminal:op", "ping", "local", (stop("lock", "local"),), "-l"),
        ("terminal:op", "ping", "local", (stop("lock", "local", "terminal:op"),), "+"),
        ("terminal:op", "ping", "local", (stop("lock", "staging"),), "+"),
        ("terminal:op", "ping", "local", (stop("lock", "local", "terminal:le", "h1", "h7"),), "-l"),
        ("terminal:op", "ping", "local", (stop("lock", "local", "terminal:le", "h2"),), "+"),
        ("terminal:op", "ping", "staging", (stop("lock", "local", "terminal:le", "h1"),), "+"),
        ("terminal:op", "ping", "local", (stop("lock", "local", "terminal:op", "h0"), stop("lock", "local")), "-l"),
        ("rule:disk", "report", "local", (stop("lock", "local"),), "-l"),
        ("terminal:op", "ping", "local", (stop("freeze", "local", "terminal:op"),), "-f"),
        ("terminal:op", "ping", "local", (stop("freeze", ""),), "-f"),
        ("terminal:op", "ping", "local", (stop("freeze", "staging"),), "+"),
        ("terminal:op", "ping", "local", (stop("freeze", ""), stop("lock", "local")), "-fl"),
        ("terminal:vi", "ping", "local", (stop("freeze", ""),), "-rf"),
        ("rule:disk", "report", "local", (stop("brake", "local"),), "-b"),
        ("rule:disk", "report", "local", (stop("brake", "staging"),), "+"),
        ("rule:disk", "report", "local", (stop("release", "local"),), "+"),
        ("terminal:op", "report", "local", (stop("brake", "local"),), "+"),
        ("terminal:op", "ping", "local", None, "+"),
        ("rule:disk", "report", "local", None, "+"),
    ],
)
def test_what_is_stopped(
    who: str, runbook: str, environment: str, stops: tuple[Stop, ...] | None, expected: str
) -> None:
    """Given locks, freezes and brakes, when somebody asks, then each stops whom it is meant for, where it holds."""
    assert sign(decide(POLICY, asked(who, runbook, environment, stops=stops))) == expected


@pytest.mark.parametrize("name", sorted(RUNBOOKS))
def test_every_guard_answers_under_its_own_name(name: str) -> None:
    """Given any question, when it is explained, then each guard says something, in a sentence, under its name."""
    answers = explain(POLICY, asked("terminal:le", name, "staging"))
    assert list(dict.fromkeys(answer.guard for answer in answers)) == [guard.__name__ for guard in GUARDS]
    assert set(LETTERS) == {guard.__name__ for guard in GUARDS}
    assert all(answer.text.endswith((".", "?")) for answer in answers)


def test_a_decision_is_what_the_answers_come_to() -> None:
    """Given an explanation, when it is settled, then it is the decision, and only what decides is told."""
    question = asked("terminal:op", "wipe", "prod")
    decision = decide(POLICY, question)
    assert settle(explain(POLICY, question)) == decision
    assert {reason.verdict for reason in decision.reasons} == {Verdict.DENY}
    assert (decision.confirmation, decision.approval) == (None, None)


def test_what_it_takes_is_the_stricter_of_all() -> None:
    """Given a runbook that wants two of a role and a place that wants one, when it asks, then two of the role."""
    decision = decide(POLICY, asked("terminal:le", "deploy", "prod"))
    assert decision.approval == Approval(count=2, roles=("lead",), exclude_requester=True, expires=600)
    assert [reason.text for reason in decision.reasons] == [
        "deploy requires 2 approvals in prod.",
        "Every run in prod requires 2 approvals.",
    ]


def test_a_runbook_may_let_its_asker_approve_where_no_place_wants_others() -> None:
    """Given a runbook that lets who asked approve, when it asks, then they may; where the place wants one, not."""
    alone = decide(POLICY, asked("terminal:op", "wipe", "local")).approval
    assert alone == Approval(count=1, exclude_requester=False, expires=3600)


def test_a_confirmation_says_what_is_confirmed() -> None:
    """Given a runbook with a message of its own, when it has to be confirmed, then message and time are there."""
    decision = decide(POLICY, asked("terminal:le", "restart", "prod"))
    assert decision.confirmation == Confirmation(message="Really?", timeout=120)
    assert decision.approval is not None
    assert "restart has to be confirmed: Really?" in decision.text


@pytest.mark.parametrize(
    ("who", "runbook", "environment", "how", "text"),
    [
        ("terminal:ca", "ping", "local", {}, "terminal:ca may run ping in local only with --check."),
        (
            "terminal:ca",
            "restart",
            "staging",
            {"limit": "all"},
            "terminal:ca may run restart in staging only with --check, or with a limit that leaves hosts out.",
        ),
        (
            "slack:U7+S1",
            "deploy",
            "staging",
            {"parameters": {"version": "9"}},
            "slack:U7 may run deploy in staging only with other values of version.",
        ),
        ("terminal:co", "wipe", "local", {}, "The role contractor may not run wipe in local this way."),
        ("terminal:vi", "ping", "local", {}, "No role of terminal:vi grants ping in local from here."),
        (
            "slack:U9",
            "ping",
            "local",
            {},
            "slack:U9 has no role in signalbox.yml. Add it to the `members` of one.",
        ),
        (
            "rule:disk",
            "ping",
            "local",
            {},
            "ping may be started by people only. Its file has to say `automation: safe`.",
        ),
        (
            "terminal:op",
            "ping",
            "prod",
            {"now": SATURDAY},
            "prod is frozen until 2026-06-08 08:00 (Europe/Berlin): the weekend.",
        ),
    ],
)
def test_reasons_say_what_would_be_right(
    who: str, runbook: str, environment: str, how: dict[str, Any], text: str
) -> None:
    """Given a denial, when its reason is read, then it says by what, and where it can, what would be allowed."""
    assert text in [reason.text for reason in decide(POLICY, asked(who, runbook, environment, **how)).reasons]
