"""What a person sees of a run while it goes on, and when it has ended."""

from typing import Any

import pytest

from bot.model.event import ENDED, STATUS, Result, RunEvent
from bot.model.run import HostOutcome
from bot.model.status import RunStatus
from bot.progress import Progress, fold
from tests.progress.story import Story, recorded


def outcome(story: Story, host: str) -> HostOutcome:
    """The outcome of one host now."""
    return next(one for one in story.progress.view().outcomes if one.host == host)


def test_status_goes_from_queued_to_its_end() -> None:
    """Given a run, when its worker reports, then status, times, reason and busy hosts follow."""
    story = Story("web1")
    assert story.progress.view().status is RunStatus.QUEUED
    story.status("starting")
    story.status("running")
    assert (story.progress.view().status, story.progress.view().started_at) == (RunStatus.RUNNING, 1001.0)
    story.end("canceled", "canceled by anna", ["web1"])
    view = story.progress.view()
    assert (view.status, view.reason, view.busy_hosts) == (RunStatus.CANCELED, "canceled by anna", ("web1",))
    assert (view.ended_at, view.final_counter, view.drained) == (1003.0, 3, True)


def test_status_after_the_end_is_passed_over() -> None:
    """Given a run that has ended, when a late report says running, then it stays ended."""
    story = Story("web1")
    story.end("successful")
    story.status("running")
    assert story.progress.view().status is RunStatus.SUCCESSFUL


@pytest.mark.parametrize("status", ["rusty", None, ""])
def test_an_unknown_end_is_an_error(status: str) -> None:
    """Given an end whose status nobody knows, then the run counts as one that could not run."""
    story = Story("web1")
    story.end(status)
    assert story.progress.view().status is RunStatus.ERROR


def test_hosts_of_a_task_are_counted() -> None:
    """Given a task on four hosts, when two are through, then the other two are shown as under way."""
    story = Story("a", "b", "c", "d")
    story.play("all")
    story.task("ping", "a", "b", "c", "d")
    story.results(Result.OK, "b", "a")
    view = story.progress.view()
    assert (view.play, view.task, view.task_number, view.task_started_at) == ("all", "ping", 1, 1002.0)
    assert (view.task_done, view.task_total, view.task_hosts, view.task_hosts_more) == (2, 4, ("c", "d"), 0)


def test_items_are_not_hosts() -> None:
    """Given a loop, when its items are through, then the host is not yet."""
    story = Story("a", "b")
    story.play("all")
    story.task("loop", "a", "b")
    story.item("a")
    story.item("a")
    assert story.progress.view().task_done == 0
    story.results(Result.CHANGED, "a")
    assert story.progress.view().task_done == 1
    assert outcome(story, "a") == HostOutcome(host="a", ok=1, changed=1)


def test_a_late_end_of_an_older_task_does_not_count_for_this_one() -> None:
    """Given hosts that go ahead by themselves (strategy free), when an older task ends on one, then this one is not."""
    story = Story("a", "b")
    story.play("all")
    story.task("slow", "a", "b")
    story.results(Result.OK, "a")
    story.task("next", "a")
    story.tell("runner_on_ok", play="all", task="slow", host="b", result=Result.OK)
    view = story.progress.view()
    assert (view.task, view.task_done, view.task_hosts) == ("next", 0, ("a",))


def test_hosts_that_are_out_do_not_count_for_later_tasks() -> None:
    """Given a failed and an unreachable host, when the next task starts, then its total leaves them out."""
    story = Story("a", "b", "c", "d")
    story.play("all")
    story.task("first", "a", "b", "c", "d")
    story.results(Result.FAILED, "a", message="no")
    story.results(Result.UNREACHABLE, "b", message="gone")
    assert story.progress.view().task_total == 4
    story.results(Result.OK, "c", "d")
    assert story.progress.view().task_done == 4
    story.task("second")
    assert (story.progress.view().task_done, story.progress.view().task_total) == (0, 2)
    story.play("another")
    story.task("third")
    assert story.progress.view().task_total == 2


def test_a_batch_counts_its_own_hosts() -> None:
    """Given `serial: 2` over five hosts, when later tasks and batches start, then totals are those of the batch."""
    story = Story("a", "b", "c", "d", "e")
    story.play("all")
    story.task("one", "a", "b")
    story.results(Result.OK, "a", "b")
    story.task("two", "a")
    assert story.progress.view().task_total == 2
    story.play("all")
    story.task("one")
    assert story.progress.view().task_total == 2
    story.start("c", "d")
    story.results(Result.OK, "c", "d")
    story.play("all")
    story.task("one")
    assert story.progress.view().task_total == 1


def test_two_plays_of_the_same_name_are_two_plays() -> None:
    """Given a second unnamed play on all hosts, when it starts, then it has all hosts again."""
    story = Story("a", "b")
    for _ in range(2):
        story.play("all")
        story.task("one")
        assert story.progress.view().task_total == 2
        story.start("a", "b")
        story.results(Result.OK, "a", "b")


def test_a_handler_runs_only_where_it_was_notified() -> None:
    """Given a handler that one host of three notified, then its total is one."""
    story = Story("a", "b", "c")
    story.play("all")
    story.task("copy", "a", "b", "c")
    story.results(Result.OK, "a", "b", "c")
    story.task("reload", "b", handler=True)
    assert story.progress.view().task_total == 1


def test_a_play_on_fewer_hosts_is_known_from_its_second_task() -> None:
    """Given a play on one of three hosts, when its second task starts, then the total is one."""
    story = Story("a", "b", "c")
    story.play("only b")
    story.task("one", "b")
    story.results(Result.OK, "b")
    story.task("two", "b")
    assert story.progress.view().task_total == 1


def test_a_first_task_that_runs_once_does_not_shrink_the_next() -> None:
    """Given a first task with `run_once`, when the next starts everywhere, then all its hosts are expected."""
    story = Story("a", "b", "c")
    story.play("all")
    story.task("once", "a")
    story.results(Result.OK, "a")
    story.task("everywhere", "a", "b")
    assert story.progress.view().task_total == 3


def test_a_host_that_was_not_planned_is_shown_too() -> None:
    """Given a host that the playbook added, when it has a result, then it comes after the planned ones."""
    story = Story("a")
    story.play("new")
    story.task("ping", "x", "a")
    story.results(Result.OK, "x", "a")
    view = story.progress.view()
    assert [one.host for one in view.outcomes] == ["a", "x"]
    assert (view.task_done, view.task_total) == (2, 2)


def test_failures_come_with_their_message() -> None:
    """Given a failure and an unreachable host, then both are listed with task and message, the latter marked."""
    story = Story("a", "b")
    story.play("all")
    story.task("copy", "a", "b")
    story.results(Result.FAILED, "b", message="disk full")
    story.results(Result.UNREACHABLE, "a", message="timed out")
    view = story.progress.view()
    assert [(f.host, f.task, f.message, f.unreachable) for f in view.failures] == [
        ("b", "copy", "disk full", False),
        ("a", "copy", "timed out", True),
    ]
    assert view.failure_count == 2
    assert [one.host for one in view.outcomes] == ["a", "b"]


def test_a_rescued_failure_does_not_show() -> None:
    """Given a failure, when its host goes on with the rescue, then it is rescued, and statistics say the same."""
    story = Story("a", "b")
    story.play("all")
    story.task("risky", "a", "b")
    story.results(Result.FAILED, "a", message="no")
    story.results(Result.OK, "b")
    assert story.progress.view().failure_count == 1
    story.task("rescue", "a")
    story.results(Result.OK, "a")
    assert story.progress.view().failure_count == 0
    assert outcome(story, "a") == HostOutcome(host="a", ok=1, rescued=1)
    story.stats({"a": {"ok": 1, "rescued": 1}, "b": {"ok": 1}})
    story.end("successful")
    assert (story.progress.view().failures, story.progress.view().failure_count) == ((), 0)
    assert outcome(story, "a") == HostOutcome(host="a", ok=1, rescued=1)


def test_an_always_section_does_not_hide_a_failure_in_the_end() -> None:
    """Given a failed host that goes through `always`, when Ansible counts it as failed, then it shows."""
    story = Story("a")
    story.play("all")
    story.task("risky", "a")
    story.results(Result.FAILED, "a", message="no")
    story.task("always", "a")
    story.results(Result.OK, "a")
    story.stats({"a": {"ok": 1, "failures": 1}})
    story.end("failed")
    view = story.progress.view()
    assert [(f.host, f.message) for f in view.failures] == [("a", "no")]


def test_statistics_name_a_failure_that_no_event_told() -> None:
    """Given statistics that count a failure nobody reported, then the host shows as failed all the same."""
    story = Story("a")
    story.stats({"a": {"dark": 1}})
    view = story.progress.view()
    assert (view.failure_count, view.failures[0].host, view.failures[0].unreachable) == (1, "a", True)


def test_an_ignored_unreachable_host_is_no_failure() -> None:
    """Given `ignore_unreachable`, when the host is tried again, then it counts as Ansible counts it."""
    story = Story("a")
    story.play("all")
    story.task("one", "a")
    story.results(Result.UNREACHABLE, "a")
    story.task("two", "a")
    assert outcome(story, "a") == HostOutcome(host="a", skipped=1, ignored=1)
    assert story.progress.view().failure_count == 0


def test_every_planned_host_has_an_outcome_in_the_end() -> None:
    """Given a run that was canceled before all hosts had their turn, then those have an outcome of zeros, last."""
    story = Story("a", "b", "c")
    story.play("all")
    story.task("one", "b")
    story.results(Result.OK, "b")
    assert [one.host for one in story.progress.view().outcomes] == ["b"]
    story.end("canceled")
    assert [one.host for one in story.progress.view().outcomes] == ["b", "a", "c"]
    assert story.progress.view().outcomes[1] == HostOutcome(host="a")


def test_outcomes_are_sorted_worst_first() -> None:
    """Given one host of every kind, then unreachable comes first, then failed, changed, ok, skipped, none."""
    story = Story("none", "skipped", "ok", "changed", "failed", "dark")
    story.play("all")
    story.task("one", "skipped", "ok", "changed", "failed", "dark")
    story.results(Result.SKIPPED, "skipped")
    story.results(Result.OK, "ok")
    story.results(Result.CHANGED, "changed")
    story.results(Result.FAILED, "failed")
    story.results(Result.UNREACHABLE, "dark")
    story.end("failed")
    order = [one.host for one in story.progress.view().outcomes]
    assert order == ["dark", "failed", "changed", "ok", "skipped", "none"]


def test_what_is_shown_is_bounded() -> None:
    """Given 300 hosts that fail with huge messages and warnings, then the view keeps 50 of each, and counts all."""
    hosts = [f"h{n}" for n in range(300)]
    story = Story(*hosts)
    story.play("all")
    story.task("one", *hosts)
    assert (len(story.progress.view().task_hosts), story.progress.view().task_hosts_more) == (20, 280)
    for host in hosts:
        story.tell(
            "runner_on_failed", task="one", host=host, message="x" * 50_000, warnings=(f"w {host}" + "y" * 9_999,)
        )
    view = story.progress.view()
    assert (len(view.failures), view.failure_count, len(view.warnings)) == (50, 300, 50)
    assert [failure.host for failure in view.failures] == hosts[:50]
    assert max(len(failure.message) for failure in view.failures) <= 2_000
    assert max(map(len, view.warnings)) <= 500


def test_the_same_warning_is_kept_once() -> None:
    """Given a warning that every host gives, then it shows once."""
    story = Story("a")
    story.tell("warning", warnings=("old python",))
    story.tell("warning", warnings=("old python",))
    assert story.progress.view().warnings == ("old python",)


def test_an_event_of_another_run_is_refused() -> None:
    """Given an event of run 2, when it is handed to run 1, then that is an error, not a wrong card."""
    progress = Progress(1, ["a"])
    with pytest.raises(ValueError, match="run 2"):
        progress.apply(RunEvent(run_id=2, counter=1, kind="warning", at=0.0))


def test_a_real_run_is_counted_as_ansible_counts_it() -> None:
    """Given the events of a real run without its statistics, then our counts are Ansible's (all but one it hides)."""
    events = recorded()
    hosts = ["h1", "h2", "h3", "h4"]
    told = next(event for event in events if event.kind == "playbook_on_stats")
    before = fold(1, hosts, [event for event in events if event is not told])
    after = fold(1, hosts, events)
    changed_while_ignored = {"h1": 1, "h2": 1, "h3": 1}  # a failure that is ignored may have changed something
    for provisional, real in zip(
        sorted(before.outcomes, key=lambda one: one.host), sorted(after.outcomes, key=lambda one: one.host), strict=True
    ):
        assert provisional.changed + changed_while_ignored.get(real.host, 0) == real.changed
        for count in ("ok", "failed", "unreachable", "skipped", "rescued", "ignored"):
            assert getattr(provisional, count) == getattr(real, count), (real.host, count)
    assert [failure.host for failure in after.failures] == ["h2", "h4"]
    assert [one.host for one in after.outcomes] == ["h4", "h2", "h1", "h3"]


def test_a_real_run_never_shows_more_done_than_there_is() -> None:
    """Given a real run, when it is watched event by event, then done never exceeds total, and tasks end complete."""
    progress = Progress(1, ["h1", "h2", "h3", "h4"])
    for event in recorded():
        progress.apply(event)
        view = progress.view()
        assert 0 <= view.task_done <= view.task_total or not view.task
        assert view.task_total <= 4


@pytest.mark.parametrize("odd", [None, 1, "words", [1], {"web1": 3}, {"web1": {"ok": "many"}}, {"web1": {"ok": -1}}])
@pytest.mark.parametrize("kind", [ENDED, STATUS, "playbook_on_stats"])
@pytest.mark.parametrize("name", ["stats", "status", "final_counter", "busy_hosts", "reason"])
def test_what_another_version_may_send_is_no_end_of_a_relay(kind: str, name: str, odd: Any) -> None:
    """Given an event whose data holds something of another kind, when it is folded, then the run is still shown."""
    progress = Progress(1, ["web1"])
    progress.apply(RunEvent(run_id=1, counter=1, kind=kind, at=1.0, data={name: odd}))
    assert progress.view().counter == 1
    assert progress.view().drained == (kind == ENDED)
