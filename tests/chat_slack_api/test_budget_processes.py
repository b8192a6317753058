"""One budget, many processes: however they hammer, together they keep Slack's rates."""

import json
import subprocess
import sys
from pathlib import Path

import redis

from bot.chat.slack.rates import MINUTE, T3, Pace, pace
from tests.stream.redis_server import RedisServer

from .conftest import most_in_a_window

ROOT = Path(__file__).parents[2]
PROCESSES = 6


def hammer(server: RedisServer, kind: str, amount: float, size: Pace) -> list[list[tuple[float, float]]]:
    """What each of several processes was granted."""
    command = [sys.executable, "-m", "tests.chat_slack_api.hammer", kind, str(server.socket)]
    end = [str(amount), str(size.burst), repr(size.spacing)]
    processes = [
        subprocess.Popen([*command, str(n), *end], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for n in range(PROCESSES)
    ]
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES
    return [json.loads(output) for output in outputs]


def test_processes_together_never_exceed_the_tier(client: redis.Redis, redis_server: RedisServer) -> None:
    """Given six processes asking without pause for many minutes of one clock, then no minute holds more than 50."""
    went = hammer(redis_server, "counted", 2_000, T3)
    times = [time for process in went for time, _ in process]
    minutes = int(client.get("clock") or 0) / 1_000_000 / 60
    assert minutes > 10
    assert most_in_a_window(times, MINUTE) <= 50
    assert len(times) >= 0.8 * 50 * minutes


def test_processes_in_real_time_keep_a_rate_and_share_it(client: redis.Redis, redis_server: RedisServer) -> None:
    """Given six processes hammering for 3 s at 40 a second, then no second surely held more, and each had its share."""
    assert client.ping()
    went = hammer(redis_server, "real", 3.0, pace(40, 8, window=1.0))
    inside = sorted((after, before) for process in went for before, after in process)
    for end, _ in inside:
        surely = [1 for after, before in inside if before >= end - 1.0 and after <= end]
        assert len(surely) <= 40
    assert len(inside) >= 60
    assert min(len(process) for process in went) > 0
