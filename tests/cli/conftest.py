"""What tests of the command line are given: a folder of their own, and an environment that says nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import log
from bot.settings import Settings
from tests.flows.conftest import here, quiet, world
from tests.queue.redis_server import RedisServer

__all__ = ["here", "quiet", "world"]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in; logging stays as the test session has it."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(log, "set_up", lambda *_, **__: None)
    return tmp_path


@pytest.fixture
def project(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example project, and a home for state, both set in the environment."""
    made = place / "project"
    for name in ("playbooks", "roles", "inventories"):
        shutil.copytree(ROOT / name, made / name)
    monkeypatch.setenv("SIGNALBOX_PROJECT", str(made))
    monkeypatch.setenv("SIGNALBOX_HOME", str(place / "home"))
    return made


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """A real Redis of the test's own."""
    server = RedisServer()
    server.start()
    yield server
    server.remove()
