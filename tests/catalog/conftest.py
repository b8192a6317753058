import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.catalog import Catalog

GOOD = """
id: restart-service
summary: Restart a service and wait until it answers
playbook: restart.yml
parameters:
  service: {type: str, required: true, choices: [nginx, redis], description: Unit to restart}
"""


class Project:
    """An Ansible project in a temporary directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("playbooks/restart.yml", "- hosts: all\n  tasks: []\n")

    def write(self, name: str, text: str) -> Path:
        """A file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def runbook(self, text: str, name: str = "restart") -> Path:
        """A runbook file of the project."""
        return self.write(f"playbooks/{name}.runbook.yml", text)

    def catalog(self, **options: object) -> Catalog:
        """What is tested."""
        return Catalog(self.root, **options)  # type: ignore[arg-type]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with one playbook."""
    return Project(tmp_path / "project")


@pytest.fixture
def parameters(project: Project) -> Callable[[str], Catalog]:
    """Makes a catalog with one runbook, `r`, whose parameters are the YAML given."""

    def make(options: str) -> Catalog:
        body = textwrap.indent(textwrap.dedent(options).strip(), "  ")
        project.runbook(f"id: r\nsummary: S\nplaybook: restart.yml\nparameters:\n{body}\n")
        catalog = project.catalog()
        assert catalog.problems() == ()
        return catalog

    return make
