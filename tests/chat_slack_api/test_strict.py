"""The budget and the client together at a strict Slack whose clock a test moves: not one limit is broken."""

import heapq

import redis

from bot.chat.slack.budget import MICRO, Budget, Priority
from bot.chat.slack.client import SlackClient
from bot.chat.slack.message import Message
from bot.chat.slack.paced import PacedApi
from bot.chat.slack.posting import Posting, who_am_i
from bot.chat.slack.trouble import RateLimited
from tests.fake_slack import FakeSlack, ManualClock

RUNS = 25
MINUTES = 4


def words(text: str) -> Message:
    """A message of words."""
    return Message(text=text, blocks=(), metadata=None)


def test_many_runs_for_minutes_break_no_limit(client: redis.Redis) -> None:
    """Given 25 runs that update as fast as they may and a 429 in between, when minutes pass, then no limit is broken.

    And every card ends with the final state of its run.
    """
    clock = ManualClock()
    with FakeSlack(clock=clock) as slack:
        api = SlackClient(slack.bot_token, base_url=slack.api_url)
        me = who_am_i(api)
        budget = Budget(client, clock=lambda: round(clock.now() * MICRO))
        runs = [
            _run(Posting(_paced(api, budget, n), me), Posting(_paced(api, budget, n, Priority.FINAL), me), n)
            for n in range(RUNS)
        ]
        slack.faults.add(method="chat.update", kind="429", every=50, retry_after=3)
        _carry_out(runs, clock, clock.now() + MINUTES * 60)
        assert [each.detail for each in slack.violations] == []
        assert sorted(message.text for message in slack.messages()) == sorted(f"run {n}: done" for n in range(RUNS))
        done = [seen for seen in slack.calls_of("chat.update") if seen.done]
        assert len(done) >= 35 * MINUTES


def _paced(api: SlackClient, budget: Budget, number: int, priority: Priority = Priority.NORMAL) -> PacedApi:
    return PacedApi(api, budget, "T0HOME", key=f"run-{number}", priority=priority)


def _run(normal: Posting, final: Posting, number: int):  # noqa: ANN202
    """One run: a card, updates until it is told to end, the final state; yields the seconds it has to wait."""
    card = None
    ending = False
    count = 0
    while True:
        try:
            if card is None:
                card = normal.post("C1", words(f"run {number}: 0"), f"run-{number}")
            elif ending:
                final.update("C1", card, words(f"run {number}: done"))
                return
            else:
                normal.update("C1", card, words(f"run {number}: {(count := count + 1)}"))
            wait = 0.0
        except RateLimited as error:
            wait = error.seconds
        ending = (yield wait) or ending


def _carry_out(runs: list, clock: ManualClock, end: float) -> None:
    """Let every run go on when its wait is over; after `end` they are told to finish."""
    due = [(clock.now(), number, 0) for number in range(len(runs))]
    while due:
        at, number, steps = heapq.heappop(due)
        clock.advance(max(0.0, at - clock.now()))
        try:
            wait = runs[number].send(at > end if steps else None)
        except StopIteration:
            continue
        heapq.heappush(due, (at + wait + 0.01, number, steps + 1))
