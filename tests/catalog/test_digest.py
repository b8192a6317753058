"""Contents are read once as long as a file's state tells that it has not changed, and again when it cannot tell."""

import time
from pathlib import Path

import pytest

from bot.catalog import digest as module
from bot.catalog.digest import digest
from bot.catalog.files import State

LONG_AGO = 1_000_000_000


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> list[State]:
    """The state that every file has: the last of these."""
    said: list[State] = []
    monkeypatch.setattr(module, "state", lambda _path: said[-1])
    return said


def test_what_is_settled_is_read_once(states: list[State], tmp_path: Path) -> None:
    """Given a file that changed long ago, when its state stays, then it is read once; with another state, again."""
    path = tmp_path / "file"
    path.write_text("one")
    states.append((0o644, 1, 3, 5, LONG_AGO))
    first = digest(path)
    path.write_text("two")
    assert digest(path) == first
    states.append((0o644, 1, 3, 5, LONG_AGO + 1))
    assert digest(path) != first


def test_what_has_just_changed_is_always_read(states: list[State], tmp_path: Path) -> None:
    """Given a file that changed a moment ago, when its state stays, then it is read: another write may hide there."""
    path = tmp_path / "file"
    path.write_text("one")
    states.append((0o644, 1, 3, 5, time.time_ns()))
    first = digest(path)
    path.write_text("two")
    assert digest(path) != first


def test_what_the_kernel_makes_up_has_no_content() -> None:
    """Given a file without a size and without an end, when it is hashed, then that is over at once."""
    assert digest("/proc/self/status") == digest("/proc/self/maps")


def test_a_file_of_several_pieces_is_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given files larger than one piece, when they differ in their last byte, then so do their hashes."""
    monkeypatch.setattr(module, "_CHUNK", 4)
    for name in ("a", "b"):
        (tmp_path / name).write_text(f"0123456789{name}")
    assert digest(tmp_path / "a") != digest(tmp_path / "b")
