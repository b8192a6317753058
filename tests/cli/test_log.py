"""Logs of a home make way when they have grown, while others go on writing them."""

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import log

BOUND = 1_000


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs of which 1,000 bytes are much."""
    monkeypatch.setattr(log, "MOST_BYTES", BOUND)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that appends to a log whatever it is told."""
    with log.opened(tmp_path / "some.log") as output:
        process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=output)
    yield process
    process.kill()
    process.communicate()


def say(writer: "subprocess.Popen[bytes]", path: Path, text: bytes) -> None:
    """Let it write, and wait until it has."""
    assert writer.stdin
    writer.stdin.write(text)
    writer.stdin.flush()
    for _ in range(2_000):
        if path.read_bytes().endswith(text):
            return
        threading.Event().wait(0.01)
    raise AssertionError("it wrote nothing")


def test_a_log_begins_anew_under_its_writer(tmp_path: Path, writer: "subprocess.Popen[bytes]") -> None:
    """Given a process that writes too much, when its log makes way, then it goes on at the beginning, nothing lost."""
    path, older = tmp_path / "some.log", tmp_path / "some.log.1"
    say(writer, path, b"x" * BOUND)
    log.make_way(path)
    assert (path.stat().st_size, older.exists()) == (BOUND, False)
    say(writer, path, b"one too much")
    log.make_way(path)
    assert path.read_bytes() == b""
    assert older.read_bytes() == b"x" * (BOUND - 12) + b"one too much"
    say(writer, path, b"and on")
    assert path.read_bytes() == b"and on"


def test_the_older_log_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    """Given a log that has made way, when it grows again, then there are two files, none over the bound."""
    path = tmp_path / "some.log"
    for letter in (b"a", b"b", b"c"):
        with log.opened(path) as output:
            output.write(letter * 5 * BOUND)
    log.make_way(path)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {
        "some.log": b"",
        "some.log.1": b"c" * BOUND,
    }


def test_of_many_who_look_at_once_one_moves_it(tmp_path: Path) -> None:
    """Given a log that has grown, when many look at the same time, then what it said is kept."""
    path = tmp_path / "some.log"
    for _ in range(20):
        path.write_bytes(b"y" * 2 * BOUND)
        threads = [threading.Thread(target=log.make_way, args=(path,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (path.read_bytes(), (tmp_path / "some.log.1").read_bytes()) == (b"", b"y" * BOUND)


def test_a_log_that_cannot_be_moved_stays(tmp_path: Path) -> None:
    """Given a log that is missing, and one whose older one cannot be written, then nothing is raised or lost."""
    log.make_way(tmp_path / "none.log")
    path = tmp_path / "some.log"
    path.write_bytes(b"z" * 2 * BOUND)
    (tmp_path / "some.log.1").mkdir()
    log.make_way(path)
    assert path.read_bytes() == b"z" * 2 * BOUND
