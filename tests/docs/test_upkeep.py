"""What keeps the project tidy is there and needs nobody else: hooks, versions, the license."""

import re
import tomllib

import yaml

import bot
from tests.docs.pages import ROOT, text


def test_hooks_call_the_tools_of_this_checkout() -> None:
    """Given the pre-commit configuration, when its hooks are read, then all are local and call what is in .venv."""
    repos = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    hooks = [hook for repo in repos for hook in repo["hooks"]]
    assert [repo["repo"] for repo in repos] == ["local"]
    assert {hook["language"] for hook in hooks} == {"system"}
    tools = {hook["entry"].split()[0] for hook in hooks}
    assert tools == {".venv/bin/ruff", ".venv/bin/mypy", ".venv/bin/lint-imports"}


def test_the_version_is_the_same_everywhere() -> None:
    """Given the package's version, when pyproject and changelog are read, then they speak of the same."""
    project = tomllib.loads(text("pyproject.toml"))["project"]
    newest = re.search(r"^## (\d+\.\d+\.\d+)", text("CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert {bot.__version__, project["version"], newest[1]} == {bot.__version__}


def test_license_and_pythons_are_said_where_people_look() -> None:
    """Given license and Python versions of pyproject, when README is read, then it says both."""
    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert project["license"] in text("README.md")
    assert project["requires-python"] == ">=3.11,<3.14"
    assert "Python 3.11 to 3.13" in text("README.md")
    assert "GNU GENERAL PUBLIC LICENSE" in (ROOT / "LICENSE").read_text(encoding="utf-8")
