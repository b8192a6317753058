"""Connections that drop, servers that fail, limits, processes that die: in the end everything is shown, and once."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.flows.deliver import deliver_until
from bot.ledger.outbox import HOLD_SECONDS
from bot.ledger.sql import SqlLedger
from tests.fake_slack import FakeSlack
from tests.flows_deliver.place import HERE, Place, over, quiet
from tests.flows_deliver.test_deliver import PARTS, STORY
from tests.queue.redis_server import RedisServer

UNKNOWN = ("drop_after_accept", "5xx_after", "drop_before", "5xx")
METHODS = ("chat.postMessage", "chat.update", "files.getUploadURLExternal", "upload", "files.completeUploadExternal")
FAULTS = [(method, kind) for method in METHODS for kind in (*UNKNOWN, "429", "ratelimited")]
FAULTS.remove(("upload", "ratelimited"))  # its answer has no JSON in which that could stand


@pytest.mark.parametrize(("method", "kind"), FAULTS)
def test_a_call_that_goes_wrong_is_made_up_for(place: Place, method: str, kind: str) -> None:
    """Given a call that is dropped, fails or is limited, before or after Slack did it, then all is shown, once."""
    place.chat.post_card(HERE, quiet(1), "card:0")
    assert place.settled()
    fault = place.slack.faults.add(method=method, kind=kind, times=2)
    place.chat.update_card(HERE, "card:0", quiet(2))
    place.run_story()
    assert place.settled()
    assert fault.hits
    assert sorted(place.told()) == sorted(["card:0", *STORY])
    assert "failed" in place.shown("card:12")[0].text


@pytest.mark.parametrize("method", ["conversations.history", "conversations.replies"])
@pytest.mark.parametrize("kind", UNKNOWN)
def test_looking_up_may_go_wrong_too(place: Place, method: str, kind: str) -> None:
    """Given a post of unknown outcome, when looking it up fails at first, then that is done again."""
    posted = place.slack.faults.add(method="chat.postMessage", kind="drop_after_accept", times=2)
    looked = place.slack.faults.add(method=method, kind=kind, times=2)
    place.run_story()
    assert place.settled()
    assert (posted.hits, looked.hits) == (2, 2)
    assert place.told() == STORY


def test_a_limit_is_kept_to_the_second(place: Place) -> None:
    """Given 429 with 20 seconds, then that method rests so long while others go on, and the newest card comes after."""
    place.chat.post_card(HERE, quiet(1), "card:12")
    assert place.settled()
    place.slack.faults.add(method="chat.update", kind="429", retry_after=20, times=1)
    place.chat.update_card(HERE, "card:12", quiet(2))
    place.turns(2)
    place.chat.say(HERE, "Others go on.", "hello")
    place.chat.update_card(HERE, "card:12", over())
    place.turns(2)
    assert "say:C1::hello" in place.told()
    assert place.settled()
    first, second = place.slack.calls_of("chat.update")
    assert 20 <= second.at - first.at < 24
    assert "failed" in place.shown("card:12")[0].text


def test_ten_minutes_without_slack_lose_nothing(place: Place) -> None:
    """Given Slack away for ten minutes while runs begin and end, then afterwards all is there, in order, once."""
    place.chat.post_card(HERE, quiet(1), "card:12")
    assert place.settled()
    place.slack.stop()
    place.run_story()
    for run_id in range(20, 25):
        place.run_story(run_id)
    place.turns(600)
    place.slack.start()
    assert place.settled()
    runs = (12, *range(20, 25))
    assert sorted(place.told()) == sorted(f"{what}{run}{end}" for what, end in PARTS for run in runs)
    assert all(place.told().index(f"card:{run}") < place.told().index(f"recap:{run}") for run in runs)
    assert all("failed" in place.shown(f"card:{run}")[0].text for run in runs)


def test_fifty_runs_with_a_fault_every_few_seconds_all_end_right(place: Place) -> None:
    """Given fifty runs, and a fault of another kind every few seconds, then nothing is doubled and nothing is lost."""
    for number, kind in enumerate((*UNKNOWN, "429")):
        place.slack.faults.add(kind=kind, every=14.0 + number, retry_after=3)
    place.slack.faults.add(kind="ratelimited", every=120)  # closes a method for 30 s, as it does not say for how long
    for run_id in range(1, 51):
        place.chat.post_card(HERE, quiet(1, run_id), f"card:{run_id}")
    place.turns(20)
    for run_id in range(1, 51):
        place.chat.update_card(HERE, f"card:{run_id}", quiet(10, run_id))
    place.turns(20)
    for run_id in range(1, 51):
        place.chat.update_card(HERE, f"card:{run_id}", over(run_id))
        place.chat.post_recap(HERE, over(run_id), f"recap:{run_id}")
    assert place.settled(900)
    assert len([seen for seen in place.slack.calls if seen.fault]) > 20
    wanted = [f"{what}{run_id}{end}" for what, end in PARTS for run_id in range(1, 51)]
    assert sorted(place.told()) == sorted(wanted)
    assert all("failed" in place.shown(f"card:{run_id}")[0].text for run_id in range(1, 51))


class Killed(BaseException):
    """The process is no more."""


@dataclass
class Steps:
    """Counts everything that a process does with the outside, and kills it before or after the step `last`."""

    last: int
    after: bool
    done: int = 0

    def wrap(self, _name: str, part: Any) -> Any:
        """The same part, counted."""
        return _Counted(part, self)


class _Counted:
    def __init__(self, part: Any, steps: Steps) -> None:
        self._part, self._steps = part, steps

    def __getattr__(self, name: str) -> Any:
        return lambda *given, **named: self._call(getattr(self._part, name), given, named)

    def _call(self, method: Any, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        self._steps.done += 1
        due = self._steps.done == self._steps.last
        if due and not self._steps.after:
            raise Killed
        answer = method(*given, **named)
        if due:
            raise Killed
        return answer


def _until_killed(place: Place, last: int, *, after: bool) -> bool:
    """Whether a process that sends was killed at that step, before everything was sent."""
    steps = Steps(last, after)
    place.wrap = steps.wrap
    place.next_process()
    try:
        place.settled()
    except Killed:
        return True
    finally:
        place.wrap = lambda _, part: part
    return False


@pytest.mark.parametrize("after", [False, True])
def test_a_process_may_die_at_every_step(place: Place, *, after: bool) -> None:
    """Given a process that is killed before, or after, any of its steps, then the next one ends it, nothing twice."""
    for step in range(1, 1000):
        run_id = 100 + step
        place.chat.post_card(HERE, quiet(1, run_id), f"card:{run_id}")
        killed = _until_killed(place, step, after=after)
        place.run_story(run_id)
        killed = _until_killed(place, step, after=after) or killed
        place.clock.advance(HOLD_SECONDS)
        place.next_process()
        assert place.settled(), step
        story = [f"{what}{run_id}{end}" for what, end in PARTS]
        assert sorted(place.told()) == sorted(story), step
        assert "failed" in place.shown(f"card:{run_id}")[0].text, step
        place.slack.workspace.channel("C1").messages.clear()
        if not killed:
            break
    assert 20 < step < 999


def test_two_processes_at_once_show_everything_once(redis_server: RedisServer, tmp_path: Path) -> None:
    """Given two senders in real time, one of them ending early, then what eight runs say is shown once."""
    client, ledger = redis_server.client(), SqlLedger(f"sqlite:///{tmp_path}/ledger.db")
    client.flushall()
    ledger.migrate()
    with FakeSlack() as slack:
        slack.rates.burst = 100
        place = Place(slack=slack, clock=_Now(), redis=client, ledger=ledger)  # type: ignore[arg-type]
        senders = [_Sender(place), _Sender(place)]
        for run_id in range(1, 9):
            place.run_story(run_id)
        _wait_until(lambda: len(slack.messages()) >= 6)
        holder = next(sender for sender in senders if sender.sent())
        holder.end()
        _wait_until(lambda: not place.left())
        for sender in senders:
            sender.end()
        wanted = [f"{what}{run_id}{end}" for what, end in PARTS for run_id in range(1, 9)]
        assert sorted(place.told()) == sorted(wanted)
        assert all(sender.sent() for sender in senders)
        assert slack.violations == []
    ledger.close()


class _Now:
    def now(self) -> float:
        return time.time()


class _Sender:
    def __init__(self, place: Place) -> None:
        self._calls: list[str] = []
        counted = replace(place, wrap=self._wrap)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=deliver_until, args=(counted.deliver, self._stop))
        self._thread.start()

    def _wrap(self, name: str, part: Any) -> Any:
        return _Noted(part, self._calls) if name == "api" else part

    def sent(self) -> bool:
        return "chat.postMessage" in self._calls

    def end(self) -> None:
        self._stop.set()
        self._thread.join()


class _Noted:
    def __init__(self, api: Any, calls: list[str]) -> None:
        self._api, self._calls = api, calls

    def call(self, method: str, arguments: Any) -> Any:
        self._calls.append(method)
        return self._api.call(method, arguments)

    def send_file(self, url: str, content: bytes) -> None:
        self._api.send_file(url, content)


def _wait_until(true: Any) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_is_due_is_sent_before_the_end(place: Place) -> None:
    """Given the end of a run that was just stored, when the process is to end, then people see it before that."""
    by_the_clock = replace(place, clock=_Now())  # type: ignore[arg-type]
    by_the_clock.run_story()
    stop = threading.Event()
    stop.set()
    deliver_until(by_the_clock.deliver, stop)
    assert "failed" in place.shown("card:12")[0].text
    assert place.told() == STORY
    assert not place.redis.exists("signalbox:lease:slack")


@pytest.fixture
def own_server() -> Iterator[RedisServer]:
    """A Redis that a test may stop."""
    server = RedisServer()
    server.start()
    yield server
    server.remove()


def test_redis_may_be_restarted_under_way(place: Place, own_server: RedisServer) -> None:
    """Given a Redis that is killed and started again over its file, then sending waits for it and goes on."""
    place = replace(place, redis=own_server.client())
    place.run_story(1)
    place.turns(1)
    assert place.told()
    own_server.stop()
    place.run_story(2)
    before = len(place.slack.calls)
    place.turns(10)
    assert len(place.slack.calls) == before
    own_server.start()
    assert place.settled()
    assert sorted(place.told()) == sorted(f"{what}{run}{end}" for what, end in PARTS for run in (1, 2))
    place.redis.close()
