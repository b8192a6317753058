import textwrap
from pathlib import Path

import pytest

from bot.targets import Inventories, ansible_door

FLEET = """
all:
  children:
    web:
      hosts:
        web1: {ansible_host: 192.0.2.1}
        web2: {ansible_host: 192.0.2.2}
        web3: {ansible_host: 192.0.2.3}
    db:
      hosts: {db1: {}, db2: {}}
    dc1:
      hosts: {web1: {}, web3: {}, db1: {}}
    dc2:
      hosts: {web2: {}, db2: {}}
    site:
      children: {web: {}, db: {}}
    spare: {}
"""


class Project:
    """An Ansible project in a temporary directory, with the environment `lab`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("inventories/lab/hosts.yml", FLEET)

    def write(self, name: str, text: str, *, mode: int = 0o644) -> Path:
        """A file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
        path.chmod(mode)
        return path

    def script(self, name: str, body: str) -> Path:
        """An executable file of the project."""
        return self.write(name, "#!/bin/sh\n" + textwrap.dedent(body), mode=0o755)

    def inventories(self, **options: float) -> Inventories:
        """What is tested."""
        return Inventories(self.root, **options)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with the environment `lab`."""
    return Project(tmp_path / "project")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inventories of files are read in this process: its Ansible has the configuration that is asked for."""
    imported = ansible_door.config_file()
    if imported is None:
        monkeypatch.delenv("ANSIBLE_CONFIG", raising=False)
    else:
        monkeypatch.setenv("ANSIBLE_CONFIG", imported)


@pytest.fixture
def lab(project: Project, here: None) -> Inventories:  # noqa: ARG001 (a fixture that only has to have been)
    """The inventories of the project, files read in this process."""
    return project.inventories()
