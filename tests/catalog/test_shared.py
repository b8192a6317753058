"""An answer for all who ask at the same moment: asked seldom, and never older than the question."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.catalog.shared import Shared


def test_those_who_come_together_get_one_answer_that_is_new_for_each() -> None:
    """Given a question that takes its time, when many ask at once, then few askings begin, each after its askers."""
    asked: list[float] = []

    def ask() -> float:
        asked.append(time.monotonic())
        time.sleep(0.02)
        return asked[-1]

    shared, gate = Shared(ask), threading.Barrier(20)

    def one(_number: int) -> bool:
        gate.wait(60)
        came = time.monotonic()
        return shared() >= came

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(one, range(20)))
    assert len(asked) < 20


def test_one_who_asks_again_gets_a_new_answer() -> None:
    """Given an answer, when the same one asks again, then it is asked again."""
    answers = iter(range(5))
    shared = Shared(lambda: next(answers))
    assert [shared(), shared(), shared()] == [0, 1, 2]


def test_an_asking_that_fails_is_the_askers_alone() -> None:
    """Given a question that fails once, when it is asked again, then there is an answer."""
    answers = iter([OSError("away"), 7])

    def ask() -> int:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    shared = Shared(ask)
    with pytest.raises(OSError, match="away"):
        shared()
    assert shared() == 7
