"""What holds for every policy and every question."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.guards import Access, Policy, Question, Reach, decide, explain, has_right, with_consent
from bot.model.decision import Decision, Verdict
from bot.model.people import Actor
from bot.model.request import Consent

from .town import RUNBOOKS, WEDNESDAY, asked

ORDER = [Verdict.ALLOW, Verdict.ASK, Verdict.DENY]
NAMES = st.sampled_from([["*"], ["*"], ["ping"], ["re*", "deploy"], ["wipe"], []])
PLACES = st.sampled_from([["*"], ["*"], ["local"], ["prod", "stag*"], []])
CHANNELS = st.sampled_from([["*"], ["ops"], ["random", "ops"]])
BOUNDS = st.sampled_from(
    [
        {},
        {"version": ["1.5", 2]},
        {"version": ["*"], "service": ["n*"]},
        {"service": ["db"]},
        {"token": ["x"]},
        {"other": [True]},
    ]
)
GRANTS = st.fixed_dictionaries(
    {"runbooks": NAMES, "environments": PLACES},
    optional={
        "channels": CHANNELS,
        "parameters": BOUNDS,
        "check": st.just("only"),
        "limit": st.just("required"),
        "approve": st.booleans(),
    },
)
DENIALS = st.fixed_dictionaries(
    {},
    optional={
        "runbooks": NAMES,
        "environments": PLACES,
        "channels": CHANNELS,
        "parameters": BOUNDS,
        "check": st.just("missing"),
        "limit": st.just("missing"),
    },
)
MEMBERS = st.sampled_from([["terminal:op"], ["*"], ["slack:U1", "rule:*"], ["slack-group:S1", "terminal:*"], []])
ROLES = st.fixed_dictionaries(
    {"members": MEMBERS}, optional={"may": st.lists(GRANTS, max_size=2), "may_not": st.lists(DENIALS, max_size=1)}
)
FREEZES = st.sampled_from(
    [
        {"cron": "0 0 * * *", "duration": "25h"},
        {"from": "2026-06-01", "until": "2026-06-02"},
        {"cron": "0 0 * * *", "duration": "25h", "exceptions": {"runbooks": ["ping"]}},
    ]
)
ENVIRONMENTS = st.fixed_dictionaries(
    {},
    optional={
        "approvals": st.integers(0, 3),
        "max_hosts": st.sampled_from([1, 3, "20%", "100%"]),
        "max_concurrent": st.integers(1, 3),
        "channels": CHANNELS,
        "freeze": st.lists(FREEZES, max_size=1),
        "protected": st.booleans(),
    },
)
POLICIES = st.fixed_dictionaries(
    {
        "roles": st.dictionaries(st.sampled_from("ab"), ROLES, max_size=2),
        "environments": st.dictionaries(st.sampled_from(["local", "prod"]), ENVIRONMENTS, max_size=2),
    }
)
PARAMETERS = st.sampled_from(
    [
        None,
        {},
        {"version": "1.5"},
        {"version": 2, "service": "nginx"},
        {"service": ["db", "nginx"]},
        {"service": True, "version": []},
    ]
)
QUESTIONS = st.builds(
    asked,
    st.sampled_from(["terminal:op", "slack:U1", "slack:U2+S1", "slack:U3", "rule:x"]),
    st.sampled_from(sorted(RUNBOOKS)),
    st.sampled_from(["local", "staging", "prod"]),
    channel=st.sampled_from(["ops", "random", "C9", ""]),
    now=st.integers(0, 14).map(lambda days: WEDNESDAY + timedelta(days=days)),
    hosts=st.integers(1, 6),
    of=st.integers(6, 12),
    limit=st.sampled_from(["all", "web"]),
    parameters=PARAMETERS,
    check=st.booleans(),
)
often = settings(deadline=None, max_examples=150, database=None)


def worse(one: Verdict, other: Verdict) -> bool:
    """Whether one verdict lets less happen than the other."""
    return ORDER.index(one) > ORDER.index(other)


@often
@given(POLICIES, QUESTIONS)
def test_deny_by_default(policy: dict[str, Any], question: Question) -> None:
    """Given a policy without a single grant, when anybody asks for anything, then it is denied."""
    for role in policy["roles"].values():
        role.pop("may", None)
    decision = decide(Policy.model_validate(policy), question)
    assert decision.verdict is Verdict.DENY
    assert "roles" in {reason.guard for reason in decision.reasons}


@often
@given(POLICIES, QUESTIONS)
def test_deny_wins(policy: dict[str, Any], question: Question) -> None:
    """Given any policy, when one guard denies, then so does the decision; it asks only when none denies."""
    checked = Policy.model_validate(policy)
    verdicts = {answer.verdict for answer in explain(checked, question)}
    decision = decide(checked, question)
    assert decision.verdict is max(verdicts, key=ORDER.index)
    assert {reason.verdict for reason in decision.reasons} <= {decision.verdict}
    assert bool(decision.reasons) == (decision.verdict is not Verdict.ALLOW)
    asks = decision.confirmation is not None or decision.approval is not None
    assert asks == (decision.verdict is Verdict.ASK)


@often
@given(POLICIES, QUESTIONS, DENIALS, st.sampled_from("abcd"), MEMBERS)
def test_a_denial_more_never_allows_more(
    policy: dict[str, Any], question: Question, denial: dict[str, Any], name: str, members: list[str]
) -> None:
    """Given any policy, when a denial is added to a role, or a role of it alone, then nothing opens that was shut."""
    before = decide(Policy.model_validate(policy), question)
    role = policy["roles"].setdefault(name, {"members": members})
    role["may_not"] = [*role.get("may_not", []), denial]
    after = decide(Policy.model_validate(policy), question)
    assert not worse(before.verdict, after.verdict)


@often
@given(POLICIES, QUESTIONS, GRANTS)
def test_a_grant_less_never_allows_more(policy: dict[str, Any], question: Question, grant: dict[str, Any]) -> None:
    """Given any policy, when a grant is taken away from it, then nothing opens that was shut."""
    before = decide(Policy.model_validate(policy), question)
    for role in policy["roles"].values():
        role["may"] = [*role.get("may", []), grant]
    assert not worse(decide(Policy.model_validate(policy), question).verdict, before.verdict)


@often
@given(POLICIES, QUESTIONS, st.booleans(), st.integers(0, 4), st.booleans())
def test_consent_opens_what_was_asked_and_nothing_else(
    policy: dict[str, Any], question: Question, confirmed: bool, approvals: int, broke_glass: bool
) -> None:
    """Given any decision, when people consent, then a denial stays, and asking ends exactly when all is given."""
    decision = decide(Policy.model_validate(policy), question)
    after = with_consent(decision, Consent(confirmed=confirmed, approvals=approvals, broke_glass=broke_glass))
    if decision.verdict is not Verdict.ASK:
        assert after == decision
        return
    confirmed = confirmed or decision.confirmation is None
    enough = broke_glass or decision.approval is None or approvals >= decision.approval.count
    assert (after.verdict is Verdict.ALLOW) == (confirmed and enough)
    assert (after == Decision(verdict=Verdict.ALLOW)) == (confirmed and enough)
    assert {reason.guard for reason in after.reasons} == {
        *([] if confirmed else ["confirmation"]),
        *([] if enough else ["approval"]),
    }


@often
@given(POLICIES, QUESTIONS)
def test_what_may_run_is_shown(policy: dict[str, Any], question: Question) -> None:
    """Given any policy, when somebody may run a runbook somewhere, then lists and pickers show it there."""
    checked = Policy.model_validate(policy)
    reach = Reach(
        policy=checked,
        actor=question.actor,
        groups=question.groups,
        channel=question.conversation.channel,
    )
    shown = reach.usable(question.runbook, question.target.environment)
    verdicts = {answer.guard: answer.verdict for answer in explain(checked, question)}
    if {verdicts["roles"], verdicts["scopes"], verdicts["channels"]} == {Verdict.ALLOW}:
        assert shown


@often
@given(POLICIES, st.sampled_from(["approve", "promote", "break_glass"]))
def test_a_right_takes_a_grant_that_says_so(policy: dict[str, Any], right: Any) -> None:
    """Given any policy, when a right is looked up, then only who has a grant with it has it, and no denial over it."""
    access = Access(
        actor=Actor(transport="terminal", name="op"), groups=(), channel="ops", runbook="ping", environment="local"
    )
    has = has_right(Policy.model_validate(policy), access, right)
    grants = [grant for role in policy["roles"].values() for grant in role.get("may", [])]
    assert not has or any(grant.get(right) for grant in grants)
    for role in policy["roles"].values():
        role["may_not"] = [{}]
    assert not has_right(Policy.model_validate(policy), access, right)
