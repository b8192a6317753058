"""Expectations on output: per host, over several tasks, without keeping it all."""

import pytest

from bot.engine.expect import TAIL, Expectations
from bot.errors import ProjectBroken
from bot.model.runbook import Expectation
from tests.engine.world import raw


def test_each_host_has_to_meet_each() -> None:
    """Given two hosts and two patterns, when one host says one of them, then everything else is missing."""
    wanted = [Expectation(pattern="^active$"), Expectation(pattern="done")]
    looked = Expectations(wanted)
    looked.add(raw("runner_on_ok", host="a", res={"stdout": "is\nactive\nnow"}))
    looked.add(raw("runner_on_start", host="b"))
    assert looked.missing(["a", "b"]) == [(wanted[0], ("b",)), (wanted[1], ("a", "b"))]


def test_output_of_several_tasks_is_one_text() -> None:
    """Given a pattern over two lines, when two tasks print one each, then it is met."""
    looked = Expectations([Expectation(pattern="one\ntwo")])
    looked.add(raw("runner_on_ok", host="a", res={"stdout": "one"}))
    looked.add(raw("runner_item_on_ok", host="a", res={"msg": "two"}))
    assert looked.missing(["a"]) == []


def test_a_beginning_of_line_is_never_made_by_a_cut() -> None:
    """Given long output without the line, when more comes, then no cut makes `^` match."""
    looked = Expectations([Expectation(pattern="^active")])
    looked.add(raw("runner_on_ok", host="a", res={"stdout": "in" + "active" * TAIL}))
    looked.add(raw("runner_on_ok", host="a", res={"stdout": "x"}))
    assert looked.missing(["a"]) != []


def test_a_pattern_that_is_none() -> None:
    """Given something that is no regular expression, when a run is prepared, then that is said."""
    with pytest.raises(ProjectBroken, match="no regular expression"):
        Expectations([Expectation(pattern="(")])
