"""Slack's rates, kept by one budget: exact waits, turns between runs, final states first, Retry-After to the second."""

import heapq
import itertools
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from bot.chat.slack.budget import GRACE_SECONDS, MICRO, Budget, Priority
from bot.chat.slack.rates import MINUTE, PACES, T1, T2, T3, T4, Pace
from bot.errors import Unavailable
from tests.stream.redis_server import RedisServer

from .conftest import Clock, most_in_a_window

LIMITS = {T1: 1, T2: 20, T3: 50, T4: 100}


@dataclass
class Caller:
    """Somebody who wants to call all the time: asks, waits as told, asks again."""

    key: str
    priority: Priority = Priority.NORMAL
    rest: float = 0.0  # s between a call and the next wish


def simulate(
    budget: Budget, clock: Clock, callers: list[Caller], seconds: float, *place: str
) -> list[tuple[float, str]]:
    """When each caller was let go within `seconds`; every caller keeps to what it was told."""
    method, channel = [*place, "", ""][:2]
    start = clock.now
    due = [(start, number) for number, _ in enumerate(callers)]
    went = []
    while due and due[0][0] <= start + seconds * MICRO:
        clock.now, number = heapq.heappop(due)
        caller = callers[number]
        wait = budget.take(method or "chat.update", "T1", channel or None, key=caller.key, priority=caller.priority)
        if not wait:
            went.append(((clock.now - start) / MICRO, caller.key))
        heapq.heappush(due, (clock.now + round((wait or caller.rest) * MICRO), number))
    return went


def spend(budget: Budget, method: str = "chat.update", team: str = "T1") -> int:
    """Take all that can be had at once; how much it was."""
    count = 0
    while not budget.take(method, team, key=f"spender-{count}"):
        count += 1
    return count


@pytest.mark.parametrize(
    ("method", "limit"),
    [("usergroups.users.list", 20), ("chat.update", 50), ("views.open", 100), ("something.new", 20)],
)
def test_no_minute_holds_more_than_slack_allows(budget: Budget, clock: Clock, method: str, limit: int) -> None:
    """Given many callers for ten minutes, when all go as told, then no minute anywhere holds more than the tier."""
    went = simulate(budget, clock, [Caller(f"run-{n}") for n in range(30)], 600, method)
    assert most_in_a_window([time for time, _ in went], MINUTE) <= limit
    assert len(went) >= 0.8 * 10 * limit  # and little of it is left unused


@pytest.mark.parametrize("size", LIMITS)
def test_every_pace_keeps_its_limit_even_when_calls_travel_unevenly(size: Pace) -> None:
    """Given the densest calls a pace allows, when they arrive up to 3 s late, then the limit still holds."""
    granted = [0.0] * size.burst + [size.spacing * n for n in range(1, 200)]
    squeezed = [time + (2.99 if time < 30 else 0.0) for time in granted]
    assert most_in_a_window(granted, MINUTE + 2.99) <= LIMITS[size]
    assert most_in_a_window(squeezed, MINUTE) <= LIMITS[size]


def test_a_tier_of_one_a_minute_passes_one_a_minute(client: redis.Redis, clock: Clock) -> None:
    """Given tier 1, when two want to call, then the second waits a whole minute and the time a call may travel."""
    budget = Budget(client, paces={"slow": T1}, clock=clock)
    assert budget.take("slow", "T1") == 0
    assert budget.take("slow", "T1", key="other") == 63


def test_the_wait_is_exact(budget: Budget, clock: Clock) -> None:
    """Given a spent budget, when the told seconds less a microsecond pass, then still wait; one later, go."""
    spend(budget)
    wait = budget.take("chat.update", "T1", key="spender-6")
    clock.pass_by(wait - 1 / MICRO)
    assert budget.take("chat.update", "T1", key="spender-6") == pytest.approx(1 / MICRO)
    clock.pass_by(1 / MICRO)
    assert budget.take("chat.update", "T1", key="spender-6") == 0


def test_everybody_in_line_is_told_the_time_of_their_own_turn(budget: Budget, clock: Clock) -> None:
    """Given twenty in line, when each comes exactly when told, then each goes at its first coming."""
    spend(budget)
    clock.pass_by(30)
    spend(budget)
    told = {f"run-{n}": budget.take("chat.update", "T1", key=f"run-{n}") for n in range(20)}
    start = clock.now
    for key, wait in sorted(told.items(), key=lambda item: item[1]):
        clock.now = start + round(wait * MICRO)
        assert budget.take("chat.update", "T1", key=key) == 0


def test_one_run_alone_has_a_fresh_card(budget: Budget, clock: Clock) -> None:
    """Given one run that wants to update all the time, when ten minutes pass, then never 2 s without an update."""
    went = [time for time, _ in simulate(budget, clock, [Caller("run-1")], 600)]
    assert max(later - earlier for earlier, later in itertools.pairwise(went)) < 2


def test_runs_take_turns(budget: Budget, clock: Clock) -> None:
    """Given fifty runs that always want to update, when ten minutes pass, then all have updated equally often."""
    spend(budget)
    went = simulate(budget, clock, [Caller(f"run-{n}") for n in range(50)], 600)
    counts = Counter(key for _, key in went)
    assert len(counts) == 50
    assert max(counts.values()) - min(counts.values()) <= 1


def test_a_greedy_run_gets_no_more_than_the_others(budget: Budget, clock: Clock) -> None:
    """Given a run with ten callers beside nine runs with one, when minutes pass, then it has one share as they have."""
    callers = [Caller("greedy") for _ in range(10)] + [Caller(f"run-{n}") for n in range(9)]
    counts = Counter(key for _, key in simulate(budget, clock, callers, 600))
    modest = [counts[f"run-{n}"] for n in range(9)]
    assert min(modest) > 0
    assert counts["greedy"] <= max(modest) + 6  # the first burst goes to whoever comes first


def test_who_seldom_asks_is_not_passed_over(budget: Budget, clock: Clock) -> None:
    """Given busy runs, when another asks once in a while, then it waits no longer than one round of turns."""
    callers = [Caller(f"run-{n}") for n in range(10)] + [Caller("seldom", rest=60)]
    times = [time for time, key in simulate(budget, clock, callers, 600) if key == "seldom"]
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) <= 60 + 12 * T3.spacing


def test_a_final_state_goes_before_everything_in_line(budget: Budget, clock: Clock) -> None:
    """Given forty updates in line, when a final state asks, then it has the very next call, and updates come after."""
    spend(budget)
    normal = [budget.take("chat.update", "T1", key=f"run-{n}") for n in range(40)]
    final = budget.take("chat.update", "T1", key="run-99", priority=Priority.FINAL)
    assert final <= T3.spacing < max(normal)
    clock.pass_by(final)
    assert budget.take("chat.update", "T1", key="run-0") > 0
    assert budget.take("chat.update", "T1", key="run-99", priority=Priority.FINAL) == 0


def test_many_final_states_go_first_all_of_them(budget: Budget, clock: Clock) -> None:
    """Given fifty busy runs of which ten end, when they come as told, then the ten go before any other update."""
    busy = [Caller(f"run-{n}") for n in range(50)]
    simulate(budget, clock, busy, 60)
    ends = [Caller(f"end-{n}", Priority.FINAL, rest=10_000) for n in range(10)]
    first = [key for _, key in simulate(budget, clock, busy + ends, 60)[:11]]
    assert {f"end-{n}" for n in range(10)} <= set(first)  # one call may have been free before they came


def test_low_priority_goes_last(budget: Budget, clock: Clock) -> None:
    """Given somebody who can wait, when others come later, then they go before."""
    spend(budget)
    low = budget.take("chat.update", "T1", key="home", priority=Priority.LOW)
    normal = budget.take("chat.update", "T1", key="run-1")
    clock.pass_by(low)
    assert normal <= low + T3.spacing
    assert budget.take("chat.update", "T1", key="home", priority=Priority.LOW) > 0
    assert budget.take("chat.update", "T1", key="run-1") == 0


def test_who_does_not_come_back_loses_its_place(budget: Budget, clock: Clock) -> None:
    """Given thirty in line whose process died, when their time and grace are over, then nobody waits for them."""
    spend(budget)
    dead = max(budget.take("chat.update", "T1", key=f"dead-{n}") for n in range(30))
    clock.pass_by(dead + GRACE_SECONDS + 0.001)
    assert spend(budget) == T3.burst


def test_who_comes_a_little_late_keeps_its_place(budget: Budget, clock: Clock) -> None:
    """Given a place in line, when its owner comes within the grace, then those behind have not taken its call."""
    spend(budget)
    first = budget.take("chat.update", "T1", key="first")
    second = budget.take("chat.update", "T1", key="second")
    clock.pass_by(first + GRACE_SECONDS / 2)
    assert second > first
    assert budget.take("chat.update", "T1", key="first") == 0


def test_channels_have_a_pace_of_their_own(budget: Budget, clock: Clock) -> None:
    """Given a busy channel, when posts go to it and to another, then only the busy one waits, about 1 s a post."""
    for n in range(3):
        assert budget.take("chat.postMessage", "T1", "C1", key=f"run-{n}") == 0
    wait = budget.take("chat.postMessage", "T1", "C1", key="run-3")
    assert 0 < wait <= 1.05
    assert budget.take("chat.postMessage", "T1", "C2", key="run-3") == 0
    went = simulate(budget, clock, [Caller(f"run-{n}") for n in range(9)], 120, "chat.postMessage", "C3")
    assert most_in_a_window([time for time, _ in went], 1.0) <= 3
    assert 100 <= len(went) <= 120


def test_a_post_that_waits_for_its_channel_costs_the_workspace_nothing(budget: Budget) -> None:
    """Given a channel that is full, when posts to it are asked for in vain, then the workspace's budget is whole."""
    for n in range(3):
        budget.take("chat.postMessage", "T1", "C1", key=f"run-{n}")
    for n in range(200):
        assert budget.take("chat.postMessage", "T1", "C1", key=f"more-{n}") > 0
    went = [budget.take("chat.postMessage", "T1", f"C{n}", key="x") for n in range(2, 2 + 27)]
    assert went == [0] * 27


def test_workspaces_and_methods_do_not_share(budget: Budget) -> None:
    """Given a spent method, when another workspace or another method asks, then it goes."""
    spend(budget)
    assert budget.take("chat.update", "T2") == 0
    assert budget.take("chat.delete", "T1") == 0


@pytest.mark.parametrize("seconds", [1, 7, 30.5, 300])
def test_retry_after_is_honored_to_the_second(budget: Budget, clock: Clock, seconds: float) -> None:
    """Given a 429, when anybody asks, then they wait exactly so long; the first goes then, others at their pace."""
    budget.punish("chat.update", "T1", seconds)
    assert budget.take("chat.update", "T1", key="run-1") == seconds
    clock.pass_by(seconds - 1 / MICRO)
    assert budget.take("chat.update", "T1", key="run-1") > 0
    clock.pass_by(1 / MICRO)
    assert budget.take("chat.update", "T1", key="run-1") == 0
    assert budget.take("chat.update", "T1", key="run-2") == pytest.approx(T3.spacing, abs=1e-5)


def test_final_states_wait_out_a_429_too(budget: Budget) -> None:
    """Given a 429, when a final state asks, then it waits as everybody does."""
    budget.punish("chat.update", "T1", 20)
    assert budget.take("chat.update", "T1", key="run-1", priority=Priority.FINAL) == 20


def test_a_shorter_429_does_not_shorten_a_longer_one(budget: Budget, clock: Clock) -> None:
    """Given 429 for 60 s, when another for 1 s comes, then the method stays closed for the rest of the 60."""
    budget.punish("chat.update", "T1", 60)
    clock.pass_by(10)
    budget.punish("chat.update", "T1", 1)
    assert budget.take("chat.update", "T1") == 50


def test_a_429_closes_every_channel_but_no_other_method(budget: Budget) -> None:
    """Given a 429 on posts, when posts go elsewhere they wait, updates go."""
    budget.punish("chat.postMessage", "T1", 9)
    assert budget.take("chat.postMessage", "T1", "C7") == 9
    assert budget.take("chat.update", "T1", "C7") == 0


def test_a_clock_set_back_does_not_close_slack(budget: Budget, clock: Clock) -> None:
    """Given a spent budget, when the server's clock is set back by an hour, then nobody waits for an hour."""
    spend(budget)
    clock.pass_by(-3600)
    assert budget.take("chat.update", "T1", key="run-1") < 10


def test_a_429_ends_when_it_would_although_the_clock_was_set_back(budget: Budget, clock: Clock) -> None:
    """Given 429 for 20 s, when the clock is set back by a day after 5, then the method is closed for the rest of it."""
    budget.punish("chat.update", "T1", 20)
    clock.pass_by(5)
    assert budget.take("chat.update", "T1", key="run-1") == 15
    clock.pass_by(-86_400)
    assert budget.take("chat.update", "T1", key="run-1") == 15
    clock.pass_by(15)
    assert budget.take("chat.update", "T1", key="run-1") == 0


def test_a_429_of_before_the_clock_was_set_back_does_not_lengthen_another(budget: Budget, clock: Clock) -> None:
    """Given 429 for 20 s, when the clock is set back by a day and another 429 comes, then that one counts."""
    budget.punish("chat.update", "T1", 20)
    clock.pass_by(-86_400)
    budget.punish("chat.update", "T1", 30)
    assert budget.take("chat.update", "T1", key="run-1") == 30


def test_places_of_the_dead_do_not_outlast_a_clock_set_back(budget: Budget, clock: Clock) -> None:
    """Given thirty in line who died, when the clock is set back by a day, then nobody waits for them for a day."""
    spend(budget)
    for n in range(30):
        budget.take("chat.update", "T1", key=f"dead-{n}")
    clock.pass_by(-86_400)
    assert budget.take("chat.update", "T1", key="run-1") < 3 * T3.spacing


@pytest.mark.parametrize("seconds", [-86_400, 86_400])
def test_a_clock_that_jumps_leaves_the_pace_as_it_is(budget: Budget, clock: Clock, seconds: float) -> None:
    """Given a clock that is set by a day, either way, when runs want calls, then they get as many as before."""
    callers = [Caller(f"run-{n}") for n in range(5)]
    before = len(simulate(budget, clock, callers, 60))
    clock.pass_by(seconds)
    assert before - T3.burst <= len(simulate(budget, clock, callers, 60)) <= before + T3.burst


def test_redis_own_time_is_used_when_nobody_moves_it(client: redis.Redis) -> None:
    """Given no clock, when the budget is spent, then its wait fits the time that Redis tells."""
    budget = Budget(client)
    assert spend(budget) == T3.burst
    seconds, micros = client.time()
    full = float(client.hget("signalbox:slack:{T1}:budget:chat.update", "full"))
    assert 0 < full / MICRO - (seconds + micros / MICRO) <= T3.burst * T3.spacing


def test_nothing_stays_in_redis_for_ever(client: redis.Redis, budget: Budget) -> None:
    """Given calls, a line and a 429, when all keys are looked at, then each has an end."""
    for n in range(20):
        budget.take("chat.postMessage", "T1", "C1", key=f"run-{n}")
    budget.punish("chat.update", "T1", 500)
    keys = client.keys()
    assert len(keys) >= 4
    assert all(0 < client.pttl(key) < 700_000 for key in keys)
    assert client.pttl("signalbox:slack:{T1}:budget:chat.update") > 500_000


def test_when_redis_is_away_nobody_goes(own_server: RedisServer) -> None:
    """Given a Redis that has stopped, when somebody asks or tells of a 429, then Unavailable; and later it goes on."""
    budget = Budget(own_server.client())
    budget.punish("chat.update", "T1", 100)
    own_server.stop()
    with pytest.raises(Unavailable, match="budget"):
        budget.take("chat.update", "T1")
    with pytest.raises(Unavailable, match="budget"):
        budget.punish("chat.update", "T1", 1)
    own_server.start()
    assert 90 < budget.take("chat.update", "T1") <= 100  # the file of Redis remembered


def test_the_table_of_paces_is_slacks() -> None:
    """Given Slack's spec of each method, when its pace is looked up, then no minute of it holds more than the tier."""
    most = {"t1": 1, "t2": 20, "t3": 50, "t4": 100, "t5": 300}
    for path in (Path(__file__).parents[1] / "fake_slack" / "methods").glob("*.json"):
        tier = json.loads(path.read_text(encoding="utf-8")).get("rate_limits") or "t3"
        pace = PACES.get(path.stem, T2)
        assert int(MINUTE / pace.spacing) + pace.burst <= most[tier], path.stem
