"""A process that takes as fast as it can: a socket and how long enter, the brackets of its grants leave as JSON."""

import json
import sys
import time

from bot.chat.slack.budget import MICRO, Budget
from bot.chat.slack.rates import Pace
from tests.stream.redis_server import client_of


def real(socket: str, number: str, seconds: float, pace: Pace) -> list[tuple[float, float]]:
    """Grants in real time, each as Redis' time before and after it."""
    client = client_of(socket)  # type: ignore[arg-type]
    budget = Budget(client, paces={"hammered": pace})
    end = time.monotonic() + seconds
    went = []
    while time.monotonic() < end:
        before = client.time()
        if not budget.take("hammered", "T1", key=f"run-{number}"):
            went.append((before[0] + before[1] / MICRO, (after := client.time())[0] + after[1] / MICRO))
    return went


def counted(socket: str, number: str, calls: int, pace: Pace) -> list[tuple[float, float]]:
    """Grants in a time that one counter in Redis makes pass, 60 ms a question, for all processes together."""
    client = client_of(socket)  # type: ignore[arg-type]
    now = 0

    def tick() -> int:
        nonlocal now
        now = 1_800_000_000 * MICRO + int(client.incrby("clock", 60_000))
        return now

    budget = Budget(client, paces={"hammered": pace}, clock=tick)
    asked = (budget.take("hammered", "T1", key=f"run-{number}-{n % 3}") for n in range(calls))
    return [(now / MICRO, now / MICRO) for wait in asked if not wait]


if __name__ == "__main__":
    kind, socket, number, amount, burst, spacing = sys.argv[1:]
    pace = Pace(burst=int(burst), spacing=float(spacing))
    ran = real(socket, number, float(amount), pace) if kind == "real" else counted(socket, number, int(amount), pace)
    print(json.dumps(ran))
