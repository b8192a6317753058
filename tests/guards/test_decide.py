"""The guards as a table: a policy and a question enter, the verdict and every reason leave."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.guards import Policy, Question, decide
from bot.model.decision import Decision, Verdict
from bot.model.people import Actor, Conversation
from bot.model.promotion import Promotion
from bot.model.run import Target
from bot.model.runbook import Runbook, Safety

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ALLOW, ASK, DENY = Verdict.ALLOW, Verdict.ASK, Verdict.DENY
OPEN = {"roles": {"all": {"members": ["*"], "may": [{"runbooks": ["*"], "environments": ["*"]}]}}}


def question(
    who: str = "terminal:anna",
    *,
    runbook: str = "ping",
    environment: str = "staging",
    channel: str = "C1",
    hosts: int = 1,
    of: int = 10,
    **safety: Any,
) -> Question:
    """Ask whether `who` may run `runbook` in `environment` on `hosts` of its `of` hosts."""
    transport, _, name = who.partition(":")
    return Question(
        actor=Actor(transport=transport, name=name),
        conversation=Conversation(transport=transport, channel=channel),
        runbook=Runbook(id=runbook, summary="", path="", safety=Safety(**safety)),
        target=Target(environment=environment, limit="all", hosts=tuple(f"h{n}" for n in range(hosts)), fingerprint=""),
        environment_hosts=of,
        parameters={},
        now=NOW,
    )


def texts(decision: Decision) -> tuple[str, ...]:
    """The sentences of a decision."""
    return tuple(reason.text for reason in decision.reasons)


def granted(*grants: dict[str, Any], members: tuple[str, ...] = ("terminal:anna",), **more: Any) -> dict[str, Any]:
    """A policy with one role."""
    return {"roles": {"operator": {"members": members, "may": grants}}, **more}


@pytest.mark.parametrize(
    ("who", "environment", "verdict", "reason"),
    [
        ("terminal:anna", "staging", ALLOW, ""),
        ("terminal:anna", "local", ALLOW, ""),
        ("terminal:anna", "prod", DENY, "prod is protected"),
        ("terminal:anna", "production-eu", DENY, "production-eu is protected"),
        ("terminal:anna", "PROD", DENY, "PROD is protected"),
        ("terminal:anna", "reprod", ALLOW, ""),
        ("slack:U1", "staging", DENY, "Write one with `roles:`"),
        ("slack:U1", "prod", DENY, "Write one with `roles:`"),
        ("rule:disk-full", "staging", DENY, "Write one with `roles:`"),
        ("Terminal:anna", "staging", DENY, "Write one with `roles:`"),
    ],
)
def test_without_a_policy_the_terminal_is_trusted(who: str, environment: str, verdict: Verdict, reason: str) -> None:
    """Given no signalbox.yml, when somebody asks, then the terminal may where nothing is protected, others may not."""
    decision = decide(Policy(written=False), question(who, environment=environment))
    assert decision.verdict is verdict
    assert reason in " ".join(texts(decision))
    assert bool(texts(decision)) == (verdict is not ALLOW)


@pytest.mark.parametrize(
    ("members", "who", "verdict"),
    [
        (["terminal:anna"], "terminal:anna", ALLOW),
        (["terminal:anna"], "terminal:ann", DENY),
        (["terminal:anna"], "terminal:anna2", DENY),
        (["terminal:anna"], "terminal:Anna", DENY),
        (["terminal:anna"], "slack:anna", DENY),
        (["terminal:*"], "terminal:bob", ALLOW),
        (["terminal:*"], "slack:U1", DENY),
        (["slack:U1", "terminal:bob"], "terminal:bob", ALLOW),
        (["rule:disk-*"], "rule:disk-full", ALLOW),
        (["slack:U1"], "slack:U1:x", DENY),
        (["slack:U?"], "slack:U1", ALLOW),
        (["*"], "slack:U1", ALLOW),
        ([], "terminal:anna", DENY),
        (["terminal:"], "terminal:anna", DENY),
    ],
)
def test_members_are_matched_by_transport_and_name(members: list[str], who: str, verdict: Verdict) -> None:
    """Given a role's members, when an actor asks, then only whole names and declared stars make a member."""
    policy = Policy.model_validate(granted({"runbooks": ["*"], "environments": ["*"]}, members=tuple(members)))
    decision = decide(policy, question(who, automation_safe=True))
    assert decision.verdict is verdict
    if verdict is DENY:
        assert texts(decision) == (f"{who} has no role in signalbox.yml. Add it to the `members` of one.",)


@pytest.mark.parametrize(
    ("grant", "asked", "verdict"),
    [
        ({"runbooks": ["ping"], "environments": ["staging"]}, {}, ALLOW),
        ({"runbooks": ["ping"], "environments": ["staging"]}, {"runbook": "restart"}, DENY),
        ({"runbooks": ["ping"], "environments": ["staging"]}, {"environment": "local"}, DENY),
        ({"runbooks": ["re*", "ping"], "environments": ["*"]}, {"runbook": "restart"}, ALLOW),
        ({"runbooks": ["re*"], "environments": ["*"]}, {"runbook": "prepare"}, DENY),
        ({"runbooks": ["*"], "environments": ["stag*"]}, {"environment": "staging-2"}, ALLOW),
        ({"runbooks": ["*"], "environments": ["*"], "channels": ["C1"]}, {"channel": "C1"}, ALLOW),
        ({"runbooks": ["*"], "environments": ["*"], "channels": ["C1"]}, {"channel": "C2"}, DENY),
        ({"runbooks": ["*"], "environments": ["*"], "channels": []}, {"channel": "C1"}, DENY),
        ({"runbooks": ["*"]}, {}, DENY),
        ({"environments": ["*"]}, {}, DENY),
        ({}, {}, DENY),
        ({"approve": True, "promote": True}, {}, DENY),
    ],
)
def test_a_grant_covers_what_it_names(grant: dict[str, Any], asked: dict[str, Any], verdict: Verdict) -> None:
    """Given one grant, when something is asked, then runbook, environment and channel must all be covered by it."""
    decision = decide(Policy.model_validate(granted(grant)), question(**asked))
    assert decision.verdict is verdict
    if verdict is DENY:
        assert "No role of terminal:anna grants" in texts(decision)[0]


def test_halves_of_two_grants_do_not_add_up() -> None:
    """Given one grant for a runbook and another for an environment, when both are asked together, then it is denied."""
    policy = Policy.model_validate(
        granted({"runbooks": ["ping"], "environments": ["local"]}, {"runbooks": ["other"], "environments": ["staging"]})
    )
    assert decide(policy, question(runbook="ping", environment="staging")).verdict is DENY
    assert decide(policy, question(runbook="ping", environment="local")).verdict is ALLOW


def test_any_role_of_an_actor_counts() -> None:
    """Given an actor in two roles, when only the second grants what is asked, then it is allowed."""
    policy = Policy.model_validate(
        {
            "roles": {
                "reader": {"members": ["terminal:*"], "may": [{"runbooks": ["report"], "environments": ["*"]}]},
                "admin": {"members": ["terminal:anna"], "may": [{"runbooks": ["*"], "environments": ["*"]}]},
            }
        }
    )
    assert decide(policy, question("terminal:anna")).verdict is ALLOW
    assert decide(policy, question("terminal:bob")).verdict is DENY


def test_a_written_policy_without_roles_lets_nobody_in() -> None:
    """Given a signalbox.yml without roles, when the terminal asks, then it is denied: the file's word is final."""
    assert decide(Policy(), question()).verdict is DENY


@pytest.mark.parametrize(
    ("scopes", "environment", "reason"),
    [
        (None, "staging", ""),
        (("staging", "dev"), "staging", ""),
        (("staging", "dev"), "prod", "ping may run in staging, dev only, not in prod."),
        (("stag*",), "staging", "ping may run in stag* only, not in staging."),
        ((), "staging", "ping may run in no environment only, not in staging."),
    ],
)
@pytest.mark.parametrize("policy", [Policy.model_validate(OPEN), Policy(written=False)], ids=["written", "not written"])
def test_a_runbook_stays_in_its_scopes(
    policy: Policy, scopes: tuple[str, ...] | None, environment: str, reason: str
) -> None:
    """Given a runbook's scopes, when it is asked for elsewhere, then it is denied and told where it may run."""
    decision = decide(policy, question(environment=environment, scopes=scopes))
    assert decision.verdict is (DENY if reason else ALLOW)
    missing = f"It takes a promotion: `promote ping to {environment} because …`."
    assert texts(decision)[-1:] == ((f"{reason} {missing}",) if reason else ())


@pytest.mark.parametrize(
    ("promoted", "now", "verdict", "says"),
    [
        ("a" * 64, "a" * 64, ALLOW, ""),
        (
            "a" * 64,
            "b" * 64,
            DENY,
            "terminal:lea promoted it as content aaaaaaaa, and it has changed since (to bbbbbbbb)",
        ),
        ("a" * 64, "", DENY, "promoted it as content aaaaaaaa"),
    ],
)
def test_a_promotion_holds_for_one_content(promoted: str, now: str, verdict: Verdict, says: str) -> None:
    """Given a promotion, when the runbook is asked for beyond its scopes, then it holds for that content only."""
    made = datetime(2026, 3, 1, tzinfo=UTC)
    names = {"runbook": "ping", "environment": "staging", "actor": "terminal:lea", "evidence": "run 1"}
    promotion = Promotion(id=1, content_hash=promoted, at=made, **names)
    asked = replace(question(scopes=("dev",)), promotion=promotion, content_hash=now)
    decision = decide(Policy.model_validate(OPEN), asked)
    assert decision.verdict is verdict
    assert says in decision.text


@pytest.mark.parametrize(
    ("max_hosts", "of", "hosts", "verdict"),
    [
        (None, 1000, 1000, ALLOW),
        (5, 100, 5, ALLOW),
        (5, 100, 6, DENY),
        ("20%", 10, 2, ALLOW),
        ("20%", 10, 3, DENY),
        ("20%", 14, 2, ALLOW),
        ("20%", 14, 3, DENY),
        ("1%", 10, 1, ALLOW),
        ("1%", 10, 2, DENY),
        ("0%", 10, 1, ALLOW),
        ("0%", 10, 2, DENY),
        ("100%", 10, 10, ALLOW),
        ("20%", 0, 1, ALLOW),
    ],
)
def test_an_environment_bounds_the_hosts(max_hosts: Any, of: int, hosts: int, verdict: Verdict) -> None:
    """Given a number or share of hosts, when more are asked for, then it is denied; one host is always within it."""
    policy = Policy.model_validate({**OPEN, "environments": {"staging": {"max_hosts": max_hosts}}})
    decision = decide(policy, question(hosts=hosts, of=of))
    assert decision.verdict is verdict
    if verdict is DENY:
        assert f"hosts at most; this is {hosts}. Narrow the limit." in texts(decision)[0]
    assert decide(policy, question(environment="local", hosts=hosts, of=of)).verdict is ALLOW


@pytest.mark.parametrize(("max_hosts", "hosts", "verdict"), [(None, 99, ALLOW), (3, 3, ALLOW), (3, 4, DENY)])
def test_a_runbook_bounds_the_hosts(max_hosts: int | None, hosts: int, verdict: Verdict) -> None:
    """Given a runbook's own bound, when more hosts are asked for, then it is denied wherever it is."""
    for policy in (Policy.model_validate(OPEN), Policy(written=False)):
        decision = decide(policy, question(hosts=hosts, of=99, max_hosts=max_hosts))
        assert decision.verdict is verdict


@pytest.mark.parametrize(
    ("channels", "channel", "verdict"),
    [([], "C9", ALLOW), (["C1"], "C1", ALLOW), (["C1"], "C2", DENY), (["C1", "ops-*"], "ops-eu", ALLOW)],
)
def test_an_environment_is_touched_from_its_channels(channels: list[str], channel: str, verdict: Verdict) -> None:
    """Given an environment with channels of its own, when it is asked for from another, then it is denied."""
    policy = Policy.model_validate({**OPEN, "environments": {"staging": {"channels": channels}}})
    decision = decide(policy, question(channel=channel))
    assert decision.verdict is verdict
    if verdict is DENY:
        assert texts(decision) == ("staging may be touched from C1 only.",)


@pytest.mark.parametrize(
    ("approvals", "requires", "reasons"),
    [
        (0, False, ()),
        (0, True, ("ping requires an approval.",)),
        (1, False, ("Every run in staging requires an approval.",)),
        (2, True, ("ping requires an approval.", "Every run in staging requires 2 approvals.")),
    ],
)
def test_approvals_are_asked_for(approvals: int, requires: bool, reasons: tuple[str, ...]) -> None:
    """Given a runbook or an environment that wants approvals, when it is asked for, then the answer is to ask."""
    policy = Policy.model_validate({**OPEN, "environments": {"staging": {"approvals": approvals}}})
    decision = decide(policy, question(requires_approval=requires))
    assert decision.verdict is (ASK if reasons else ALLOW)
    assert texts(decision) == reasons


def test_a_denial_outweighs_an_approval() -> None:
    """Given a question that needs an approval and is out of scope, when it is decided, then it is denied, not asked."""
    decision = decide(Policy.model_validate(OPEN), question(requires_approval=True, scopes=("dev",)))
    assert decision.verdict is DENY
    assert texts(decision) == (
        "ping may run in dev only, not in staging. It takes a promotion: `promote ping to staging because …`.",
    )


def test_every_reason_is_given_at_once() -> None:
    """Given a question that every guard denies, when it is decided, then all five reasons are there."""
    policy = Policy.model_validate(
        granted(
            {"runbooks": ["other"], "environments": ["*"]},
            environments={"staging": {"max_hosts": 2, "channels": ["C9"]}},
        )
    )
    decision = decide(policy, question(hosts=5, scopes=("dev",), max_hosts=1))
    assert decision.verdict is DENY
    assert len(texts(decision)) == len(set(texts(decision))) == 5


def test_an_environment_may_be_declared_protected_or_not() -> None:
    """Given a policy that names environments, when protection is looked up, then its word goes before the name's."""
    policy = Policy.model_validate({"environments": {"prod-copy": {"protected": False}, "bank": {"protected": True}}})
    names = ("prod-copy", "bank", "prod", "Production", "staging", "bank2")
    assert [policy.protected(name) for name in names] == [False, True, True, True, False, False]
