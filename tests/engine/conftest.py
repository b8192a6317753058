"""An Ansible project of one's own for each test."""

from pathlib import Path

import pytest

from tests.engine.world import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project; `run` adds an inventory of local hosts where none was made."""
    (tmp_path / "project").mkdir()
    return Project(tmp_path / "project", tmp_path / "home")
