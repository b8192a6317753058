"""What is true of every run, however its events look and arrive."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.event import ENDED, MORE_TEXT, STATUS, Result, RunEvent
from bot.progress import Progress, fold

HOSTS = ["a", "b", "c", "stats"]
KINDS = [
    STATUS,
    MORE_TEXT,
    ENDED,
    "playbook_on_start",
    "playbook_on_play_start",
    "playbook_on_task_start",
    "playbook_on_handler_task_start",
    "playbook_on_stats",
    "runner_on_start",
    "runner_on_start",
    "runner_on_ok",
    "runner_on_failed",
    "runner_on_skipped",
    "runner_on_unreachable",
    "runner_item_on_ok",
    "runner_retry",
    "verbose",
]
counts = st.dictionaries(
    st.sampled_from(["ok", "changed", "failures", "dark", "skipped", "rescued"]), st.integers(0, 3)
)
data: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"status": st.sampled_from(["starting", "running", "failed", "odd"])}),
    st.fixed_dictionaries({"stats": st.dictionaries(st.sampled_from([*HOSTS, "new"]), counts)}),
)


@st.composite
def runs(draw: st.DrawFn) -> list[RunEvent]:
    """Events in the order of their counters, in no order that makes sense."""
    made = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "kind": st.sampled_from(KINDS),
                    "host": st.sampled_from([*HOSTS, "new"]),
                    "play": st.sampled_from(["p", "q"]),
                    "task": st.sampled_from(["t", "u", ""]),
                    "result": st.none() | st.sampled_from(list(Result)),
                    "message": st.text(max_size=5),
                    "warnings": st.lists(st.text(max_size=3), max_size=2).map(tuple),
                    "data": data,
                }
            ),
            max_size=40,
        )
    )
    return [RunEvent(run_id=1, counter=n, at=float(n), **fields) for n, fields in enumerate(made, start=1)]


@given(runs(), st.integers(0, 40))
def test_a_prefix_and_the_rest_are_the_whole(events: list[RunEvent], cut: int) -> None:
    """Given a relay that stops anywhere and goes on, then the view is that of one that never stopped."""
    progress = Progress(1, HOSTS)
    for event in events[:cut]:
        progress.apply(event)
    progress.view()
    for event in events[cut:]:
        progress.apply(event)
    assert progress.view() == fold(1, HOSTS, events)


@given(runs(), st.integers(0, 40), st.integers(0, 40))
def test_events_that_come_again_change_nothing(events: list[RunEvent], start: int, length: int) -> None:
    """Given a reader that reads a stretch twice, then the second time changes nothing."""
    progress = Progress(1, HOSTS)
    for event in [*events[: start + length], *events[start : start + length], *events[start + length :]]:
        progress.apply(event)
    assert progress.view() == fold(1, HOSTS, events)


@given(runs(), st.randoms(use_true_random=False))
def test_order_is_that_of_counters(events: list[RunEvent], random: Any) -> None:
    """Given the same events in any order and some twice, then the fold is the same."""
    shuffled = [*events, *events[::3]]
    random.shuffle(shuffled)
    assert fold(1, HOSTS, shuffled) == fold(1, HOSTS, events)


@settings(max_examples=300)
@given(runs())
def test_what_a_view_says_fits_together(events: list[RunEvent]) -> None:
    """Given any run, then no count is negative, no task more than done, and failures are those of hosts."""
    progress = Progress(1, HOSTS)
    for event in events:
        progress.apply(event)
        view = progress.view()
        assert 0 <= view.task_done <= view.task_total or not view.task
        assert view.failure_count == sum(one.bad for one in view.outcomes)
        assert {failure.host for failure in view.failures} == {one.host for one in view.outcomes if one.bad}
        for one in view.outcomes:
            assert min(one.ok, one.changed, one.failed, one.unreachable, one.skipped, one.rescued, one.ignored) >= 0
        assert len({one.host for one in view.outcomes}) == len(view.outcomes)
        if view.status.final:
            assert set(HOSTS) <= {one.host for one in view.outcomes}
