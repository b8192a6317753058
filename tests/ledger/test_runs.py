"""The contract of Ledger about runs, over SQLite, PostgreSQL and the twin."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.errors import AskedBefore, Unavailable, UnknownName
from bot.ledger import Ledger, StatusChange
from bot.model.people import Actor, Conversation, Origin
from bot.model.run import Run
from bot.model.status import TRANSITIONS, RunStatus, may_follow

from .conftest import ANNA, BERT, HERE, events, plan

S = RunStatus
HOSTILE = "{{ lookup('pipe','id') }} ; rm -rf / $(id) \0 \u202e <!channel> \ud800 'x' -- \U0001f600"
KEPT = HOSTILE.replace("\0", "\u2400").replace("\ud800", "?")
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
Make = Callable[..., Run]

WAYS = {
    S.AWAITING_APPROVAL: [],
    S.QUEUED: [S.QUEUED],
    S.STARTING: [S.QUEUED, S.STARTING],
    S.RUNNING: [S.QUEUED, S.STARTING, S.RUNNING],
    S.SUCCESSFUL: [S.QUEUED, S.STARTING, S.RUNNING, S.SUCCESSFUL],
    S.FAILED: [S.QUEUED, S.STARTING, S.RUNNING, S.FAILED],
    S.TIMEOUT: [S.QUEUED, S.STARTING, S.RUNNING, S.TIMEOUT],
    S.CANCELED: [S.CANCELED],
    S.LOST: [S.QUEUED, S.LOST],
    S.ERROR: [S.QUEUED, S.ERROR],
    S.DENIED: [S.DENIED],
    S.EXPIRED: [S.EXPIRED],
}


def test_a_run_comes_back_as_it_was_made(ledger: Ledger) -> None:
    """Given a plan with every field, when a run is made of it, then what is read later is that value."""
    made = ledger.create(plan(), BERT, HERE, Origin.ALERT, "run ping in local", status=S.AWAITING_APPROVAL)
    assert ledger.get(made.id) == made
    assert made.plan == plan()
    assert (made.actor, made.conversation, made.origin) == (BERT, HERE, Origin.ALERT)
    assert (made.status, made.command, made.cursor) == (S.AWAITING_APPROVAL, "run ping in local", 0)
    assert abs(datetime.now(UTC) - made.created_at) < timedelta(minutes=5)
    assert (made.started_at, made.ended_at, made.parent) == (None, None, None)


def test_of_what_is_asked_once_there_is_one_run(ledger: Ledger) -> None:
    """Given a run that was made once for something, when it is asked for again, then there is no second, but its id."""
    assert ledger.asked("schedule night 1") is None
    made = ledger.create(plan(), ANNA, HERE, Origin.SCHEDULE, "run ping", once="schedule night 1")
    with pytest.raises(AskedBefore) as again:
        ledger.create(plan(), BERT, HERE, Origin.CHAT, "run ping", once="schedule night 1")
    assert again.value.run_id == made.id
    assert ledger.asked("schedule night 1") == made.id
    others = [ledger.create(plan(), ANNA, HERE, Origin.CHAT, "run ping", once=once) for once in ("", "", "schedule 2")]
    assert [run.id for run in ledger.find()][::-1] == [made.id, *(run.id for run in others)]


def test_of_many_who_ask_for_the_same_at_once_one_makes_a_run(ledger: Ledger) -> None:
    """Given eight who ask at the same moment, when it is for the same, then all are told of one run."""

    def ask(_: int) -> int:
        try:
            return ledger.create(plan(), ANNA, HERE, Origin.SCHEDULE, "run ping", once="the same").id
        except AskedBefore as before:
            return before.run_id

    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(ask, range(8)))
    assert told == [told[0]] * 8
    assert len(ledger.find()) == 1


def test_what_could_not_be_made_may_be_asked_for_again(ledger: Ledger) -> None:
    """Given a run that could not be stored, when the same is asked for again, then it is made."""

    def refuse(_: Run) -> None:
        raise Unavailable("Redis does not answer.", "Start it.")

    with pytest.raises(Unavailable):
        ledger.create(plan(), ANNA, HERE, Origin.SCHEDULE, "run ping", once="the same", before=refuse)
    made = ledger.create(plan(), ANNA, HERE, Origin.SCHEDULE, "run ping", once="the same")
    assert ledger.asked("the same") == made.id


def test_a_run_for_which_something_could_not_be_done_before_is_none(ledger: Ledger) -> None:
    """Given something to do before a run is stored, when it raises, then there is no run, and its number comes next."""
    seen: list[Run] = []

    def refuse(run: Run) -> None:
        seen.append(run)
        raise Unavailable("Redis does not answer.", "Start it.")

    with pytest.raises(Unavailable):
        ledger.create(plan(), ANNA, HERE, Origin.CHAT, "run ping", before=refuse)
    assert ledger.find() == []
    made = ledger.create(plan(), ANNA, HERE, Origin.CHAT, "run ping", before=seen.append)
    assert seen[-1] == made == ledger.get(made.id)


def test_ids_are_short_numbers_from_one(make: Make) -> None:
    """Given an empty ledger, when three runs are made, then they are 1, 2 and 3, queued."""
    assert [(run.id, run.status) for run in (make(), make(), make())] == [(1, S.QUEUED), (2, S.QUEUED), (3, S.QUEUED)]


def test_a_repeated_run_names_its_parent(ledger: Ledger, make: Make) -> None:
    """Given a run, when another is made from it, then it says from which and how."""
    again = make(parent=make().id, parent_how="retry")
    assert (ledger.get(again.id).parent, ledger.get(again.id).parent_how) == (1, "retry")


@pytest.mark.parametrize("parent", [0, 7, 10**30])
def test_a_parent_must_exist(ledger: Ledger, make: Make, parent: int) -> None:
    """Given no such run, when one is made from it, then it is refused and nothing is made."""
    with pytest.raises(UnknownName, match="no run"):
        make(parent=parent)
    assert ledger.find() == []


@pytest.mark.parametrize("run_id", [0, -1, 7, 2**31, 10**30])
def test_an_unknown_run_is_refused_everywhere(ledger: Ledger, make: Make, run_id: int) -> None:
    """Given one run, when any question or change names another, then it is refused with a sentence."""
    make()
    calls: list[Callable[[], object]] = [
        lambda: ledger.get(run_id),
        lambda: ledger.set_status(run_id, S.STARTING),
        lambda: ledger.statuses(run_id),
        lambda: ledger.ask_cancel(run_id, ANNA),
        lambda: ledger.card_ref(run_id),
        lambda: ledger.set_card_ref(run_id, "x"),
        lambda: ledger.set_recapped(run_id),
        lambda: ledger.add_events(run_id, events(1, run_id=run_id)),
        lambda: ledger.add_events(run_id, []),
        lambda: ledger.events(run_id),
        lambda: ledger.cursor(run_id),
        lambda: ledger.set_outcomes(run_id, []),
        lambda: ledger.outcomes(run_id),
    ]
    for call in calls:
        with pytest.raises(UnknownName, match=f"There is no run {run_id}"):
            call()


def test_hostile_text_is_data(ledger: Ledger) -> None:
    """Given hostile text in every field, when it is read again, then it is the same, but for what nobody can keep."""
    here = Conversation(transport=HOSTILE, channel=HOSTILE, thread=HOSTILE)
    wild = plan(runbook=HOSTILE, parameters={"x": HOSTILE})
    made = ledger.create(wild, Actor(transport="terminal", name=HOSTILE), here, Origin.CHAT, HOSTILE)
    ledger.set_status(made.id, S.ERROR, reason=HOSTILE)
    ledger.set_card_ref(made.id, HOSTILE)
    run = ledger.get(made.id)
    assert (run.actor.name, run.command, run.reason, ledger.card_ref(made.id)) == (KEPT, KEPT, KEPT, KEPT)
    assert run.conversation == Conversation(transport=KEPT, channel=KEPT, thread=KEPT)
    assert run.plan.parameters["x"] == HOSTILE.replace("\ud800", "?")
    assert ledger.find("mine", Actor(transport="terminal", name=HOSTILE)) == [run]


@pytest.mark.parametrize("now", list(S))
def test_the_transition_table_is_the_law(ledger: Ledger, make: Make, now: S) -> None:
    """Given a run in any status, when any other is set, then it is as the table says, and a refusal leaves no trace."""
    for then in S:
        run = make(status=S.AWAITING_APPROVAL)
        assert all(ledger.set_status(run.id, step) for step in WAYS[now])
        before, history = ledger.get(run.id), ledger.statuses(run.id)
        assert ledger.set_status(run.id, then, reason="why") is may_follow(now, then)
        if may_follow(now, then):
            assert ledger.get(run.id).status is then
            assert (ledger.statuses(run.id)[-1].before, ledger.statuses(run.id)[-1].then) == (now, then)
        else:
            assert (ledger.get(run.id), ledger.statuses(run.id)) == (before, history)


def test_every_change_is_written_down(ledger: Ledger, make: Make) -> None:
    """Given a run's whole way, when its statuses are asked for, then each step is there with time and reason."""
    run = make()
    late = NOON.astimezone(timezone(timedelta(hours=5)))
    ledger.set_status(run.id, S.STARTING, at=NOON)
    ledger.set_status(run.id, S.RUNNING, at=late + timedelta(seconds=1))
    ledger.set_status(run.id, S.FAILED, reason="2 hosts failed", at=NOON + timedelta(seconds=9))
    first, *rest = ledger.statuses(run.id)
    assert (first.before, first.then, first.at) == (None, S.QUEUED, run.created_at)
    assert rest == [
        StatusChange(run_id=1, at=NOON, before=S.QUEUED, then=S.STARTING),
        StatusChange(run_id=1, at=NOON + timedelta(seconds=1), before=S.STARTING, then=S.RUNNING),
        StatusChange(
            run_id=1, at=NOON + timedelta(seconds=9), before=S.RUNNING, then=S.FAILED, reason="2 hosts failed"
        ),
    ]
    ended = ledger.get(run.id)
    assert (ended.started_at, ended.ended_at, ended.reason) == (NOON, NOON + timedelta(seconds=9), "2 hosts failed")


def test_a_run_that_never_started_has_only_an_end(ledger: Ledger, make: Make) -> None:
    """Given a queued run, when it is canceled, then it has ended and never started."""
    run = make()
    ledger.set_status(run.id, S.CANCELED, at=NOON)
    assert (ledger.get(run.id).started_at, ledger.get(run.id).ended_at) == (None, NOON)


def test_a_time_without_a_zone_is_a_mistake(ledger: Ledger, make: Make) -> None:
    """Given a time that does not say where, when it is set, then it is a programmer's mistake and nothing changes."""
    run = make()
    with pytest.raises(ValueError, match="without a zone"):
        ledger.set_status(run.id, S.STARTING, at=NOON.replace(tzinfo=None))
    assert ledger.get(run.id) == run


def test_one_of_many_at_once_ends_a_run(ledger: Ledger, make: Make) -> None:
    """Given a running run, when eight threads end it in their own ways, then one succeeds and one change is written."""
    run = make()
    ledger.set_status(run.id, S.STARTING)
    ends = [then for then in TRANSITIONS[S.STARTING] if then.final]
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: ledger.set_status(run.id, ends[n % len(ends)]), range(16)))
    assert sum(won) == 1
    assert len(ledger.statuses(run.id)) == 3


def test_many_at_once_make_runs_of_their_own(ledger: Ledger, make: Make) -> None:
    """Given eight threads, when they make 40 runs, then each has its own id and none is lost."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: make().id, range(40)))
    assert sorted(made) == sorted(run.id for run in ledger.find(last=100))
    assert len(set(made)) == 40


def test_lists_are_newest_first(ledger: Ledger, make: Make) -> None:
    """Given runs of two people in several states, when lists are asked for, then each has its own, newest first."""
    for number in range(6):
        make(actor=BERT if number % 2 else ANNA)
    for run_id, then in ((1, S.ERROR), (2, S.LOST), (3, S.CANCELED)):
        ledger.set_status(run_id, then)

    def ids(runs: list[Run]) -> list[int]:
        return [run.id for run in runs]

    assert ids(ledger.find()) == [6, 5, 4, 3, 2, 1]
    assert ids(ledger.find("all", ANNA, 2)) == [6, 5]
    assert ids(ledger.find("mine", BERT)) == [6, 4, 2]
    assert ids(ledger.find("active")) == [6, 5, 4]
    assert ids(ledger.find("failed")) == [2, 1]


@pytest.mark.parametrize(("last", "count"), [(0, 0), (-5, 0), (1, 1), (10**30, 3)])
def test_any_number_may_be_asked_for(ledger: Ledger, make: Make, last: int, count: int) -> None:
    """Given three runs, when a silly number of them is asked for, then the answer is a list."""
    for _ in range(3):
        make()
    assert len(ledger.find(last=last)) == count


def test_a_list_that_does_not_exist_is_refused(ledger: Ledger) -> None:
    """Given a word that names no list, when it is asked for, then the words that do are told."""
    with pytest.raises(UnknownName, match="all, mine, active, failed"):
        ledger.find("odd")


def test_nobody_has_no_runs(ledger: Ledger, make: Make) -> None:
    """Given a run, when nobody asks for their own, then there are none."""
    make()
    assert ledger.find("mine") == []


def test_what_somebody_runs_often_comes_first(ledger: Ledger) -> None:
    """Given runs of two people, when asked what one runs often, then theirs by count, of equal ones the newest."""

    def make(actor: Actor, *runbooks: str) -> None:
        for runbook in runbooks:
            ledger.create(replace(plan(), runbook=runbook), actor, HERE, Origin.CHAT, f"run {runbook}")

    make(BERT, "disk")
    before = datetime.now(UTC)
    make(ANNA, "ping", "disk", "disk", "restart")
    make(BERT, "ping", "ping", "ping")
    assert ledger.often(ANNA, before) == ["disk", "restart", "ping"]
    assert ledger.often(ANNA, before, last=1) == ["disk"]
    assert ledger.often(BERT, before) == ["ping"]
    assert ledger.often(ANNA, datetime.now(UTC) + timedelta(seconds=1)) == []


def test_a_cancel_is_saved_once(ledger: Ledger, make: Make) -> None:
    """Given a queued run, when two people ask to cancel it, then both are heard and the first stays named."""
    run = make()
    assert ledger.ask_cancel(run.id, BERT) is True
    assert ledger.ask_cancel(run.id, ANNA) is True
    assert ledger.get(run.id).cancel_asked_by == "slack:U1"


def test_what_is_over_cannot_be_canceled(ledger: Ledger, make: Make) -> None:
    """Given a run that is over, when somebody asks to cancel it, then the answer is no and nobody is named."""
    run = make()
    ledger.set_status(run.id, S.ERROR)
    assert ledger.ask_cancel(run.id, BERT) is False
    assert ledger.get(run.id).cancel_asked_by == ""


def test_the_recap_is_posted_once(ledger: Ledger, make: Make) -> None:
    """Given three runs of which two are over, when one is recapped by many at once, then once, and one still waits."""
    for _ in range(3):
        make()
    ledger.set_status(1, S.ERROR)
    ledger.set_status(2, S.CANCELED)
    assert ledger.unsettled() == [1, 2, 3]
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: ledger.set_recapped(1), range(8))) == 1
    assert ledger.unsettled() == [2, 3]


def test_the_card_is_found_again(ledger: Ledger, make: Make) -> None:
    """Given a run without a card, when one is posted, then its reference is kept with that run alone."""
    make()
    make()
    assert ledger.card_ref(1) == ""
    ledger.set_card_ref(1, "C1:1700.5")
    assert (ledger.card_ref(1), ledger.card_ref(2)) == ("C1:1700.5", "")


def test_the_installation_has_one_id(ledger: Ledger) -> None:
    """Given eight threads that ask first, when they compare, then all have the same 32 hexadecimal digits."""
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: ledger.installation(), range(8)))
    (only,) = ids
    assert len(only) == 32
    assert int(only, 16) > 0
    assert ledger.installation() == only


def test_the_runs_of_a_runbook_since_a_moment(ledger: Ledger, make: Make) -> None:
    """Given runs long over, lately over and waiting, when asked who ran since, then all but the first, newest first."""
    now = datetime.now(UTC)
    long_ago, lately = now - timedelta(hours=2), now - timedelta(minutes=5)
    for at in (long_ago, lately):
        run = make()
        ledger.set_status(run.id, S.STARTING, at=at)
        ledger.set_status(run.id, S.SUCCESSFUL, at=at + timedelta(seconds=1))
    make()
    assert [run.id for run in ledger.ran_since("ping", now - timedelta(minutes=10))] == [3, 2]
    assert ledger.ran_since("other", long_ago) == []


def test_what_went_wrong_in_a_place_is_counted(ledger: Ledger) -> None:
    """Given runs of people and rules, when trouble since a moment is asked for, then bad ends and rules' runs count."""
    now = datetime.now(UTC)
    rule = Actor(transport="rule", name="disk")
    asked = [(ANNA, Origin.CHAT), (rule, Origin.ALERT), (ANNA, Origin.SCHEDULE), (rule, Origin.CHAT)]
    made = [ledger.create(plan(), actor, HERE, origin, "run ping in local") for actor, origin in asked]
    for run, status in zip(made, (S.FAILED, S.LOST, S.SUCCESSFUL, S.DENIED), strict=True):
        for then in (S.STARTING, status) if status is not S.DENIED else (status,):
            ledger.set_status(run.id, then, at=now)
    assert ledger.trouble("local", now - timedelta(minutes=1)) == (2, 3)
    assert ledger.trouble("local", now + timedelta(minutes=1)) == (0, 0)
    assert ledger.trouble("other", now - timedelta(minutes=1)) == (0, 0)
