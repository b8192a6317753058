"""The contract of RunQueue, over real Redis and the twin."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.queue import CANCELED, MemoryQueue, RedisQueue, RunQueue
from bot.queue.interface import GIVEN_BACK

from .conftest import envelope


def test_a_run_is_queued_once(queue: RunQueue) -> None:
    """Given a queued run, when it is submitted again, then it is not queued a second time, and says so."""
    assert queue.submit(envelope(1))
    assert not queue.submit(envelope(1))
    assert queue.depth() == 1
    assert queue.waiting(1)


def test_an_envelope_comes_out_as_it_went_in(queue: RunQueue) -> None:
    """Given secrets of every JSON type, when the envelope is opened again, then nothing has changed."""
    given = envelope(1, password="pa\u0308ss \U0001f511 {{ x }}", port=5, flags=["a", {"b": None}])
    queue.submit(given)
    assert queue.envelope(1) == given


def test_a_held_envelope_is_in_no_queue(queue: RunQueue) -> None:
    """Given an envelope that is only held, when workers look, then nothing waits, until it is submitted with more."""
    queue.hold(envelope(1, word="one"))
    assert (queue.depth(), queue.waiting(1), queue.claimed(1)) == (0, False, False)
    assert queue.envelope(1) == envelope(1, word="one")
    assert queue.submit(envelope(1, word="two"))
    assert queue.envelope(1) == envelope(1, word="two")
    queue.forget(1)
    assert queue.envelope(1) is None


def test_runs_are_kept_apart(queue: RunQueue) -> None:
    """Given two runs, when one is asked to cancel, claimed and forgotten, then the other is as it was."""
    queue.submit(envelope(1, word="one"))
    queue.submit(envelope(2, word="two"))
    queue.ask_cancel(1)
    queue.claim(1)
    queue.forget(1)
    assert queue.envelope(2) == envelope(2, word="two")
    assert queue.waiting(2)
    assert not queue.cancel_asked(2)
    assert not queue.claimed(2)


def test_a_go_is_for_one_wave(queue: RunQueue) -> None:
    """Given a run that asks for a go, when it is said, then it asks no more, and the go is for that wave only."""
    queue.submit(envelope(1))
    assert queue.asks_go(1) is None
    queue.ask_go(1, 2)
    assert queue.asks_go(1) == 2
    assert not queue.go_said(1, 2)
    queue.say_go(1, 2)
    assert queue.go_said(1, 2)
    assert queue.asks_go(1) is None
    queue.ask_go(1, 3)
    assert (queue.asks_go(1), queue.go_said(1, 3)) == (3, False)
    queue.forget(1)
    assert queue.asks_go(1) is None


def test_nothing_is_known_of_an_unknown_run(queue: RunQueue) -> None:
    """Given no runs, when one is asked about, then every answer is no, and forgetting it is no error."""
    queue.forget(7)
    assert queue.envelope(7) is None
    assert not queue.waiting(7)
    assert not queue.claimed(7)
    assert not queue.cancel_asked(7)
    assert not queue.alive(7)
    assert not queue.resubmit(7, envelope(7).plan)
    assert queue.depth() == 0
    assert queue.workers() == 0


def test_the_first_claim_counts(queue: RunQueue) -> None:
    """Given a run, when two workers claim it one after the other, then the first has it and the second never."""
    queue.submit(envelope(1))
    assert not queue.claimed(1)
    assert queue.claim(1)
    assert not queue.claim(1)
    assert queue.claimed(1)


def test_of_many_claims_at_once_one_wins(queue: RunQueue) -> None:
    """Given eight workers, when they claim the same fifty runs at once, then each run has exactly one of them."""
    won = _race([_claims(queue) for _ in range(8)])
    assert sorted(won) == list(range(1, 51))


def test_withdrawing_and_claiming_never_both_succeed(queue: RunQueue) -> None:
    """Given waiting runs, when a worker claims and a person withdraws at once, then each goes to one of them."""
    for run_id in range(1, 51):
        queue.submit(envelope(run_id))
    won = _race([_claims(queue), lambda: [run_id for run_id in range(50, 0, -1) if queue.withdraw(run_id)]])
    assert sorted(won) == list(range(1, 51))


def test_a_withdrawn_run_waits_no_more(queue: RunQueue) -> None:
    """Given a waiting run, when it is withdrawn, then no worker gets it: not from the queue, not by a claim."""
    queue.submit(envelope(1))
    assert queue.withdraw(1)
    assert not queue.waiting(1)
    assert queue.depth() == 0
    assert not queue.claim(1)
    assert not queue.withdraw(1)


def test_a_claimed_run_cannot_be_withdrawn(queue: RunQueue) -> None:
    """Given a run that a worker has claimed, when it is withdrawn, then the answer is that the worker has it."""
    queue.submit(envelope(1))
    queue.claim(1)
    assert not queue.withdraw(1)
    assert queue.envelope(1) is not None


def test_the_cancel_flag_stays(queue: RunQueue) -> None:
    """Given a run, when a cancel is asked for twice, then the flag is there, before and after the run is claimed."""
    queue.submit(envelope(1))
    assert not queue.cancel_asked(1)
    queue.ask_cancel(1)
    queue.ask_cancel(1)
    queue.claim(1)
    assert queue.cancel_asked(1)
    assert queue.cancel_reason(1) == CANCELED
    queue.ask_cancel(1, "Its worker was told to stop.")
    assert queue.cancel_reason(1) == "Its worker was told to stop."


def test_a_run_is_alive_while_somebody_works_on_it(queue: RunQueue) -> None:
    """Given a worker, when it works on a run and then does not, then the sign of life is there and then is not."""
    assert not queue.alive(1)
    with queue.living(1):
        assert queue.alive(1)
        assert not queue.alive(2)
    assert not queue.alive(1)


def test_an_error_ends_the_sign_of_life_too(queue: RunQueue) -> None:
    """Given a worker whose run raises, when the error has passed through, then there is no sign of life any more."""
    with pytest.raises(ZeroDivisionError), queue.living(1):
        _ = 1 / 0
    assert not queue.alive(1)


def test_forgetting_destroys_the_envelope(queue: RunQueue) -> None:
    """Given a run with a secret, when it is forgotten, then its envelope is gone, and nobody gets the run again."""
    queue.submit(envelope(1, password="hunter2"))
    queue.claim(1)
    queue.forget(1)
    assert queue.envelope(1) is None
    assert not queue.resubmit(1, envelope(1).plan)
    assert not queue.claim(1)


def test_a_lost_job_is_queued_again_once(queue: RunQueue) -> None:
    """Given a run that waits, when it is queued again, then it waits once and keeps its envelope."""
    queue.submit(envelope(1, password="hunter2"))
    assert not queue.resubmit(1, envelope(1).plan)
    assert queue.depth() == 1
    assert queue.envelope(1) == envelope(1, password="hunter2")


def test_a_held_run_is_lined_up_without_its_envelope(queue: RunQueue) -> None:
    """Given an envelope that is held, when its run is queued by who has the plan alone, then it waits, once."""
    queue.hold(envelope(1, password="hunter2"))
    assert queue.line_up(1, envelope(1).plan)
    assert not queue.line_up(1, envelope(1).plan)
    assert (queue.depth(), queue.envelope(1)) == (1, envelope(1, password="hunter2"))


def test_an_envelope_that_is_held_anew_has_its_own_queue(queue: RunQueue) -> None:
    """Given an envelope of a run that never came to be, when another run gets its number, then only that one counts."""
    queue.hold(replace(envelope(1), queue="dc1"))
    queue.hold(envelope(1))
    assert queue.queue_of(1) == "default"


def test_a_run_that_never_started_is_given_back(queue: RunQueue) -> None:
    """Given a claimed run, when it is given back, then it waits for another claim; a fourth time it is not."""
    queue.submit(envelope(1, password="hunter2"))
    for _ in range(GIVEN_BACK):
        _taken(queue)
        assert queue.give_back(1, envelope(1).plan)
        assert (queue.claimed(1), queue.waiting(1), queue.depth()) == (False, True, 1)
    _taken(queue)
    assert not queue.give_back(1, envelope(1).plan)
    assert queue.claimed(1)


def test_what_was_canceled_or_forgotten_is_not_given_back(queue: RunQueue) -> None:
    """Given a claimed run that is to end, or whose envelope is gone, when it is given back, then nobody gets it."""
    for run_id, end in ((1, queue.ask_cancel), (2, queue.forget)):
        queue.submit(envelope(run_id))
        queue.claim(run_id)
        end(run_id)
        assert not queue.give_back(run_id, envelope(run_id).plan)
        assert queue.claimed(run_id)


def _taken(queue: RunQueue) -> None:
    """What a worker does first: the job leaves the queue, and is claimed."""
    if isinstance(queue, MemoryQueue):
        assert queue.take() == 1
    else:
        assert isinstance(queue, RedisQueue)
        assert queue._redis.lpop("rq:queue:signalbox") == b"1"
    assert queue.claim(1)


def test_a_ring_is_heard_once(queue: RunQueue) -> None:
    """Given runs that were queued, when somebody listens, then he hears of them once, however many there were."""
    assert not queue.bell.wait(0.01)
    queue.submit(envelope(1))
    queue.submit(envelope(2))
    queue.bell.ring()
    assert queue.bell.wait(0.01)
    assert not queue.bell.wait(0.01)


def test_depth_counts_those_who_wait(queue: RunQueue) -> None:
    """Given three runs, when one is withdrawn, then two wait."""
    for run_id in (1, 2, 3):
        queue.submit(envelope(run_id))
    assert queue.depth() == 3
    queue.withdraw(2)
    assert queue.depth() == 2
    assert [queue.waiting(run_id) for run_id in (1, 2, 3)] == [True, False, True]


def test_runs_wait_in_the_queue_of_their_environment(queue: RunQueue) -> None:
    """Given runs for two queues, one of which stands in line, when each is asked about, then it counts its own."""
    queue.submit(envelope(1))
    queue.submit(replace(envelope(2), queue="dc1"))
    queue.submit(replace(envelope(3), queue="dc1", plan=envelope(1).plan))
    assert (queue.depth(), queue.depth("default"), queue.depth("dc1"), queue.depth("dc2")) == (3, 1, 2, 0)
    assert [queue.queue_of(run_id) for run_id in (1, 2, 3)] == ["default", "dc1", "dc1"]
    assert queue.envelope(2) == replace(envelope(2), queue="dc1")
    queue.withdraw(2)
    assert (queue.depth("dc1"), queue.waiting(3)) == (1, True)
    queue.withdraw(1)
    assert (queue.depth("dc1"), queue.depth("default")) == (1, 0)
    queue.forget(2)
    assert queue.queue_of(2) == "default"


def _claims(queue: RunQueue) -> Callable[[], list[int]]:
    return lambda: [run_id for run_id in range(1, 51) if queue.claim(run_id)]


def _race(racers: list[Callable[[], list[int]]]) -> list[int]:
    """What all of them won, having started together."""
    together = threading.Barrier(len(racers))
    won: list[int] = []

    def run(racer: Callable[[], list[int]]) -> None:
        together.wait(30)
        won.extend(racer())

    threads = [threading.Thread(target=run, args=(racer,)) for racer in racers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return won
