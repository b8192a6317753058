"""`chat` around its session: who speaks, where lines and secrets come from, and a Redis that will not."""

import argparse
import getpass
import io
import json
import sys

import pytest

from bot.app import App
from bot.cli import chat, parser
from bot.errors import Misconfigured, Unavailable
from bot.model.people import Origin
from bot.settings import load
from tests.entrypoints.doubles import speaker
from tests.flows.world import World
from tests.queue.redis_server import RedisServer


def given(*arguments: str) -> argparse.Namespace:
    """The parsed command line of a chat."""
    return parser().parse_args(["chat", *arguments])


def pipe(text: str) -> io.TextIOWrapper:
    """A standard input that is a pipe."""
    return io.TextIOWrapper(io.BytesIO(text.encode()))


@pytest.mark.parametrize(
    ("lines", "status", "ran"),
    [
        ("run ping in lab\n", 0, 1),
        ("run ping in lab\nrun nothing", 2, 1),
        ("help\n\n  \nrun ping in lab", 0, 1),
        ("run token app=mail in lab\ns3cret-4711\n\nrun ping in lab\n", 0, 2),
        ("run token app=mail in lab\n", 2, 0),
        ("", 0, 0),
    ],
)
def test_lines_and_secrets_come_from_the_pipe(
    world: World,
    lines: str,
    status: int,
    ran: int,
    *,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Given lines in a pipe, when they are said, then a secret's answer is the line behind it, and not a command."""
    monkeypatch.setattr(sys, "stdin", pipe(lines))
    assert chat._batch(given(), speaker(world)) == status
    assert len(world.engine.carried_out) == ran
    assert "s3cret" not in capsys.readouterr().out


def test_commands_of_the_command_line_leave_the_pipe_for_secrets(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given commands as arguments and a pipe, when a secret is needed, then the pipe's next line is its value."""
    monkeypatch.setattr(sys, "stdin", pipe("s3cret-4711\n1234\n"))
    assert chat._batch(given("--json", "-c", "run token app=mail in lab", "-c", "runs"), speaker(world)) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {one["type"] for one in told} == {"run", "event", "reply"}
    assert world.engine.carried_out[0][1].secret_names == ("pin", "token")


@pytest.fixture
def app(project: object, server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> App:
    """An app over a real Redis and SQLite."""
    del project
    monkeypatch.setenv("REDIS_URL", f"unix://{server.socket}")
    return App(load())


@pytest.mark.parametrize(
    ("arguments", "origin"), [(["-c", "help"], Origin.CLI), ([], Origin.CHAT), (["--json"], Origin.CHAT)]
)
def test_who_speaks_where_and_why(app: App, arguments: list[str], origin: Origin) -> None:
    """Given a name and a channel, when a session begins, then it is theirs, and a command of the shell is `cli`."""
    session = chat._speaker(given("--as", "anna", "--channel", "ops", *arguments), app)
    assert str(session.actor) == "terminal:anna"
    assert session.conversation.channel == "ops"
    assert session.origin is origin


def test_the_login_name_speaks_when_nobody_else_is_named(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given no name, when a session begins, then the login name speaks; without one, a sentence says what to write."""
    monkeypatch.setattr(getpass, "getuser", lambda: "carla")
    assert str(chat._speaker(given(), app).actor) == "terminal:carla"

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(getpass, "getuser", nobody)
    with pytest.raises(Misconfigured, match=r"no login name.*--as NAME"):
        chat._speaker(given(), app)


def test_a_redis_that_answers_is_waited_for_no_longer(app: App) -> None:
    """Given a Redis that answers, when a chat waits for it, then it goes on."""
    chat._await_redis(app)


def test_a_redis_that_wants_a_password(app: App, server: RedisServer) -> None:
    """Given a Redis with a password that nobody gave, when a chat waits for it, then it says so at once."""
    with server.client() as client:
        client.config_set("requirepass", "x")
    with pytest.raises(Unavailable, match="does not accept the password"):
        chat._await_redis(app)


def test_a_redis_url_where_nobody_answers(app: App, server: RedisServer) -> None:
    """Given a REDIS_URL where nothing listens, when a chat waits for it, then the setting is named at once."""
    server.stop()
    with pytest.raises(Unavailable, match=r"Redis does not answer\. Mend REDIS_URL\."):
        chat._await_redis(app)


def test_a_redis_that_refuses(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a database number that Redis does not have, when a chat waits for it, then it is a sentence, no trace."""
    monkeypatch.setenv("REDIS_URL", f"{app.settings.redis_url}?db=99")
    with pytest.raises(Unavailable):
        chat._await_redis(App(load()))
