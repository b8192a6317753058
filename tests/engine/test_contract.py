"""What every engine promises: the real one and the one in memory."""

from collections.abc import Callable

import pytest

from bot.engine import Engine, ScriptedEngine
from bot.model.event import ENDED, STATUS, RunEvent
from bot.model.run import Plan
from bot.model.status import RunStatus
from tests.engine.world import Project, Recorder, a_plan

Made = Callable[[], tuple[Engine, Plan]]


@pytest.fixture(params=["real", "scripted"])
def made(request: pytest.FixtureRequest, project: Project) -> tuple[Engine, Plan]:
    """An engine, and a plan whose run greets on one host."""
    project.hosts("web1")
    plan = a_plan(playbook=project.playbook([{"debug": {"msg": "hello"}}]))
    if request.param == "real":
        return project.engine(), plan
    stats = {"web1": {"ok": 1, "changed": 0, "failures": 0, "dark": 0, "skipped": 0, "rescued": 0, "ignored": 0}}
    return ScriptedEngine(
        [
            RunEvent(run_id=0, counter=0, kind="runner_on_ok", at=1.0, host="web1", message="hello"),
            RunEvent(run_id=0, counter=0, kind="playbook_on_stats", at=2.0, data={"stats": stats}),
        ]
    ), plan


def test_events_come_numbered_between_start_and_end(made: tuple[Engine, Plan]) -> None:
    """Given an engine, when it carries out a plan, then STATUS comes first, ENDED last, and no counter is missing."""
    engine, plan = made
    told = Recorder()
    outcome = engine.carry_out(42, plan, {}, told, lambda: False)
    assert outcome.status is RunStatus.SUCCESSFUL
    assert [event.data["status"] for event in told.of(STATUS)] == ["starting", "running"]
    assert [event.kind for event in told.events[:2]] == [STATUS, STATUS]
    assert [event.counter for event in told.events] == list(range(1, len(told.events) + 1))
    assert {event.run_id for event in told.events} == {42}
    assert told.of("runner_on_ok")[0].message == "hello"
    assert told.of("playbook_on_stats")[0].data["stats"]["web1"]["ok"] == 1


def test_the_last_event_says_what_the_outcome_says(made: tuple[Engine, Plan]) -> None:
    """Given a run that ended, when its last event is read, then it has the outcome, and its own counter."""
    engine, plan = made
    told = Recorder()
    outcome = engine.carry_out(1, plan, {}, told, lambda: False)
    last = told.events[-1]
    assert (last.kind, last.counter) == (ENDED, outcome.final_counter)
    assert dict(last.data) == {
        "status": "successful", "reason": "", "rc": 0, "final_counter": last.counter, "busy_hosts": []
    }  # fmt: skip


def test_a_cancel_ends_the_run(made: tuple[Engine, Plan]) -> None:
    """Given somebody who canceled, when the plan is carried out, then the run ends as canceled."""
    engine, plan = made
    told = Recorder()
    outcome = engine.carry_out(1, plan, {}, told, lambda: True)
    assert outcome.status is RunStatus.CANCELED
    assert told.events[-1].data["status"] == "canceled"


def test_a_cancel_that_cannot_be_read_is_none(made: tuple[Engine, Plan]) -> None:
    """Given Redis away, when the engine asks whether somebody canceled, then the run goes on to its end."""

    def away() -> bool:
        raise ConnectionError

    engine, plan = made
    assert engine.carry_out(1, plan, {}, Recorder(), away).status is RunStatus.SUCCESSFUL
