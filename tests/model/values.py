"""Strategies for every value that the codec carries: any text, any counts, any JSON inside."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bot.model.command import RunOptions
from bot.model.event import Result, RunEvent
from bot.model.people import Actor, Conversation, Origin
from bot.model.run import HostOutcome, Plan, Run, Target
from bot.model.runbook import Expectation, Revision
from bot.model.status import RunStatus
from bot.model.view import Failure, RunCard, RunView

HOSTILE = (
    "{{ lookup('pipe','touch /tmp/x') }}",
    "; rm -rf / $(id) `id`",
    "NUL \0 ESC \x1b[31m BEL \a",
    "RTL \u202e mark, BOM \ufeff, separators \u2028\u2029\x85, \x0b\x0c\x1c",
    "<!channel> <@U1> &amp; *bold* _it_",
    '"quoted" \\ back\\u0041slash',
    "\U0001f600 \u0130 a\u0308",
    "x" * 10_000,
    "",
)


def examples(number: int) -> settings:
    """So many examples, without a claim about the speed of the machine."""
    return settings(max_examples=number, deadline=None, suppress_health_check=[HealthCheck.too_slow])


text = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
texts = st.lists(text, max_size=4).map(tuple)
count = st.integers(0, 10**6)
seconds = st.floats(0, 4e9, allow_nan=False)
number = st.one_of(st.integers(-(2**63), 2**63), st.floats(allow_nan=False, allow_infinity=False))
json_value = st.recursive(
    st.one_of(st.none(), st.booleans(), number, text),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(text, inner, max_size=3)),
    max_leaves=8,
)
data = st.dictionaries(text, json_value, max_size=4)
moment = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 (the time zone is drawn beside it)
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5.5))]),
)

events = st.builds(
    RunEvent,
    run_id=count,
    counter=count,
    kind=text,
    at=seconds,
    play=text,
    task=text,
    host=text,
    item=text,
    result=st.none() | st.sampled_from(Result),
    duration=st.none() | seconds,
    message=text,
    diff=text,
    warnings=texts,
    cut=count,
    data=data,
)

plans = st.builds(
    Plan,
    runbook=text,
    summary=text,
    playbook=st.none() | text,
    module=st.none() | text,
    module_args=data,
    become=st.booleans(),
    target=st.builds(Target, environment=text, limit=text, hosts=texts, fingerprint=text),
    parameters=data,
    secret_names=texts,
    options=st.builds(
        RunOptions,
        check=st.booleans(),
        diff=st.booleans(),
        tags=texts,
        skip_tags=texts,
        forks=st.none() | count,
        verbosity=st.integers(0, 4),
    ),
    expect=st.lists(st.builds(Expectation, pattern=text, allow_failure=st.booleans()), max_size=3).map(tuple),
    timeout=count,
    revision=st.builds(Revision, commit=st.none() | text, dirty=st.booleans(), content_hash=text),
)

runs = st.builds(
    Run,
    id=count,
    status=st.sampled_from(RunStatus),
    plan=plans,
    actor=st.builds(Actor, transport=text, name=text),
    conversation=st.builds(Conversation, transport=text, channel=text, thread=text),
    origin=st.sampled_from(Origin),
    command=text,
    created_at=moment,
    started_at=st.none() | moment,
    ended_at=st.none() | moment,
    reason=text,
    cursor=count,
    parent=st.none() | count,
    parent_how=text,
    cancel_asked_by=text,
)

outcomes = st.builds(HostOutcome, host=text, ok=count, changed=count, failed=count, unreachable=count, skipped=count)
failures = st.builds(Failure, host=text, task=text, message=text, unreachable=st.booleans())

views = st.builds(
    RunView,
    run_id=count,
    status=st.sampled_from(RunStatus),
    counter=count,
    task=text,
    task_started_at=st.none() | seconds,
    task_hosts=texts,
    task_hosts_more=count,
    started_at=st.none() | seconds,
    outcomes=st.lists(outcomes, max_size=3).map(tuple),
    failures=st.lists(failures, max_size=3).map(tuple),
    failure_count=count,
    warnings=texts,
    reason=text,
    busy_hosts=texts,
    final_counter=st.none() | count,
)

cards = st.builds(
    RunCard,
    run_id=count,
    runbook=text,
    summary=text,
    environment=text,
    limit=text,
    hosts=texts,
    actor=text,
    revision=text,
    check=st.booleans(),
    view=views,
)
