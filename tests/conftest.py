"""Fixtures that all tests share."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["tests.fleet.fixture"]

_GROUP = re.compile(r"@[a-z0-9_-]+$")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Note what failed by its own name: under the one that xdist gives those of a group, nobody would find it again."""
    last = session.config.pluginmanager.get_plugin("lfplugin")
    if last is not None:
        last.lastfailed = {_GROUP.sub("", name): failed for name, failed in last.lastfailed.items()}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for 2 MiB; only root can have one."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "signalbox-test", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
