"""What tests of flows are given: a world in memory around a project of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.targets import ansible_door

from .world import World


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inventories of files are read in this process: its Ansible has the configuration that is asked for."""
    imported = ansible_door.config_file()
    if imported is None:
        monkeypatch.delenv("ANSIBLE_CONFIG", raising=False)
    else:
        monkeypatch.setenv("ANSIBLE_CONFIG", imported)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Log lines go nowhere: nobody reads them here, and standard output belongs to what is tested."""
    with capture_logs():
        yield


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world with one environment, `lab`, of five hosts, and three runbooks."""
    return World(tmp_path / "project")
