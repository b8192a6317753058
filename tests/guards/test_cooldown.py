"""The cooldown as a table: what ran where before, and what is asked for now, enter; whether it must wait leaves."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.guards import Policy, Question, decide
from bot.model.command import RunOptions
from bot.model.decision import Verdict
from bot.model.people import Actor, Conversation, Origin
from bot.model.run import Plan, Run, Target
from bot.model.runbook import Revision, Runbook
from bot.model.safety import Cooldown, Safety
from bot.model.status import RunStatus

ANNA = Actor(transport="terminal", name="anna")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HERE = Conversation(transport="terminal", channel="ops")


def target(*hosts: str) -> Target:
    """Hosts of an environment."""
    return Target(environment="lab", limit="all", hosts=hosts, fingerprint="")


def ran(*hosts: str, check: bool = False, status: RunStatus = RunStatus.SUCCESSFUL, ago: int = 0) -> Run:
    """A run of late, that began some seconds ago."""
    plan = Plan(
        runbook="restart",
        summary="",
        playbook="restart.yml",
        module=None,
        target=target(*hosts),
        options=RunOptions(check=check),
        timeout=60,
        revision=Revision(commit=None, dirty=False, content_hash=""),
    )
    return Run(
        id=1,
        status=status,
        plan=plan,
        actor=ANNA,
        conversation=HERE,
        origin=Origin.CHAT,
        command="",
        created_at=NOW - timedelta(seconds=ago),
        started_at=None if status is RunStatus.QUEUED else NOW - timedelta(seconds=ago),
    )


def asked(
    *hosts: str, recent: tuple[Run, ...] | None = (), cooldown: Cooldown | int | None = 600, check: bool = False
) -> Question:
    """A question about those hosts; a number is a cooldown for hosts."""
    rest = Cooldown(host=cooldown) if isinstance(cooldown, int) else cooldown
    return Question(
        actor=ANNA,
        conversation=HERE,
        runbook=Runbook(id="restart", summary="", path="", safety=Safety(cooldown=rest)),
        target=target(*hosts),
        environment_hosts=10,
        check=check,
        recent=recent,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("question", "waits_for"),
    [
        (asked("a", "b"), ""),
        (asked("a", recent=(ran("a"),)), "a"),
        (asked("a", "b", recent=(ran("b", "c"),)), "b"),
        (asked("a", "b", recent=(ran("a"), ran("b"))), "a, b"),
        (asked("a", "b", recent=(ran("c"), ran("d"))), ""),
        (asked("a", recent=(ran("a"),), cooldown=None), ""),
        (asked("a", recent=(ran("a"),), check=True), ""),
        (asked("a", recent=(ran("a", check=True),)), ""),
        (asked("a", recent=(ran("a", check=True), ran("a"))), "a"),
        (asked("a", recent=(ran("a", status=RunStatus.QUEUED),)), "a"),
        (asked("a", recent=(ran("a", status=RunStatus.RUNNING),)), "a"),
        (asked("a", recent=(ran("a", status=RunStatus.FAILED),)), "a"),
        (asked("a", recent=(ran("A"),)), ""),
        (asked(*"abcdefg", recent=(ran(*"abcdefg"),)), "a, b, c, d, e and 2 more"),
    ],
)
def test_a_host_is_left_alone_for_a_while(question: Question, waits_for: str) -> None:
    """Given runs of late, when a runbook with a cooldown is asked for, then only hosts that they touched must wait."""
    decision = decide(Policy(written=False), question)
    reasons = (f"restart ran on {waits_for} less than 10 min ago. Wait a while.",) if waits_for else ()
    assert tuple(reason.text for reason in decision.reasons) == reasons
    assert decision.verdict is (Verdict.DENY if waits_for else Verdict.ALLOW)


BOTH = Cooldown(host=600, runbook=3600)


@pytest.mark.parametrize(
    ("recent", "rest", "told"),
    [
        ((), BOTH, []),
        ((ran("a", ago=599),), BOTH, ["ran on a less than 10 min ago", "ran in lab less than 1 h ago"]),
        ((ran("a", ago=601),), BOTH, ["ran in lab less than 1 h ago"]),
        ((ran("b", ago=10),), BOTH, ["ran in lab less than 1 h ago"]),
        ((ran("a", ago=3601),), BOTH, []),
        ((ran("a", ago=9000, status=RunStatus.RUNNING),), BOTH, ["ran on a", "ran in lab"]),
        ((ran("a", ago=10, check=True),), BOTH, []),
        ((ran("b", ago=10),), Cooldown(runbook=60), ["ran in lab less than 1 min ago"]),
        ((ran("b", ago=10),), Cooldown(host=60), []),
        (None, BOTH, []),
    ],
)
def test_a_runbook_rests_as_a_whole(recent: tuple[Run, ...] | None, rest: Cooldown, told: list[str]) -> None:
    """Given a cooldown for hosts and one for the runbook, when it is asked for again, then each counts on its own."""
    reasons = decide(Policy(written=False), asked("a", recent=recent, cooldown=rest)).reasons
    assert len(reasons) == len(told)
    assert all(part in reason.text for part, reason in zip(told, reasons, strict=True))
    assert {reason.guard for reason in reasons} <= {"cooldown"}


@pytest.mark.parametrize(
    ("cooldown", "said"), [(5, "5 s"), (90, "1 min 30 s"), (3600, "1 h"), (86_400, "24 h"), (0, "0 s")]
)
def test_a_cooldown_is_said_in_words(cooldown: int, said: str) -> None:
    """Given cooldowns of any length, when they deny, then the reason says how long in words."""
    decision = decide(Policy(written=False), asked("a", recent=(ran("a"),), cooldown=cooldown))
    assert f"less than {said} ago" in decision.text


def test_a_cooldown_stands_beside_the_other_reasons() -> None:
    """Given a runbook that is out of its scope and in its cooldown, when it is asked for, then both are told."""
    question = asked("a", recent=(ran("a"),))
    policy = Policy.model_validate({"roles": {}})
    assert len(decide(policy, question).reasons) == 2


def test_a_thousand_runs_on_a_thousand_hosts_are_looked_through() -> None:
    """Given many runs on many hosts, when one host is asked for, then it is found among them, and others are free."""
    recent = tuple(ran(*(f"h{run}-{host}" for host in range(1000))) for run in range(100))
    assert decide(Policy(written=False), asked("h99-999", recent=recent)).verdict is Verdict.DENY
    assert decide(Policy(written=False), asked("h100-0", recent=recent)).verdict is Verdict.ALLOW
