"""What the docs show works: commands parse, runbook files and policies are taken as they stand."""

import re
from pathlib import Path

import pytest

from bot.catalog import Catalog
from bot.cli import parser
from bot.commands import parse, phrase_problems, topics
from bot.guards import PolicyFile
from bot.model.command import Vocabulary
from tests.docs.pages import ROOT, all_pages, blocks, text

_ENVIRONMENTS = ("local", "example", "fleet", "vagrant", "staging", "prod")


def _vocabulary() -> Vocabulary:
    """The names of the example project, and environments that pages speak of."""
    runbooks = Catalog(ROOT, phrase_problem=phrase_problems).runbooks()
    return Vocabulary(
        runbooks=tuple(runbook.id for runbook in runbooks),
        environments=_ENVIRONMENTS,
        phrases={runbook.id: runbook.say for runbook in runbooks},
    )


def _lines_of_chat() -> list[str]:
    """Every line of a `chat` block, and what `chat -c "..."` is given."""
    pages = [_read(page) for page in all_pages()]
    shown = [line for page in pages for block in blocks(page, "chat") for line in block.splitlines()]
    asked = [line for page in pages for line in re.findall(r"chat(?: --\w+(?: \w+)?)* -c \"([^\"…]+)\"", page)]
    return [line for line in [*shown, *asked] if line.strip()]


def _examples_of_help() -> list[str]:
    """Whatever `help` shows as examples."""
    return [example for topic in topics() for example in topic.examples]


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("line", _lines_of_chat())
def test_commands_that_pages_show_are_understood(line: str) -> None:
    """Given a line of chat on a page, when it is parsed with the example project's names, then it is a command."""
    assert parse(line, _vocabulary())


def test_pages_show_commands() -> None:
    """Given the pages, when lines of chat are looked for, then there are some: else nothing above was tested."""
    assert len(_lines_of_chat()) > 10


@pytest.mark.parametrize("line", _examples_of_help())
def test_examples_of_help_are_understood(line: str) -> None:
    """Given an example that `help` shows, when it is parsed with the example project's names, then it is a command."""
    assert parse(line, _vocabulary())


def _runbook_files() -> list[tuple[str, str]]:
    """Name and text of the runbook files that pages show; the first line says where each lies."""
    found = []
    for page in all_pages():
        for block in blocks(_read(page), "yaml"):
            name = re.match(r"# playbooks/(\w+\.runbook\.yml)\n", block)
            if name:
                found.append((name[1], block))
    return found


@pytest.mark.parametrize(("name", "content"), _runbook_files())
def test_runbook_files_that_pages_show_are_taken(name: str, content: str, tmp_path: Path) -> None:
    """Given a runbook file on a page with its playbook beside it, when a catalog reads it, then it has no problem."""
    folder = tmp_path / "playbooks"
    folder.mkdir()
    (folder / name).write_text(content)
    (folder / name.replace(".runbook", "")).write_text("- hosts: all\n")
    catalog = Catalog(tmp_path, phrase_problem=phrase_problems)
    assert catalog.problems() == ()
    assert len(catalog.runbooks()) == 1


def test_pages_show_runbook_files() -> None:
    """Given the pages, when runbook files are looked for, then there are some: else nothing above was tested."""
    assert len(_runbook_files()) > 3


def test_the_policy_that_the_page_shows_is_taken(tmp_path: Path) -> None:
    """Given the example of signalbox.yml, when it is read, then it is a policy with the roles it shows."""
    (example,) = blocks(text("docs/policy.md"), "yaml")
    path = tmp_path / "signalbox.yml"
    path.write_text(example)
    assert set(PolicyFile(path).policy().roles) == {"operator", "lead"}


def _command_lines() -> list[str]:
    """Every `python -m bot …` that a page shows, as far as its arguments are plain words."""
    shown = "\n".join(_read(page) for page in all_pages())
    return sorted(set(re.findall(r"python -m bot ((?:[a-z-]+)(?: --?[a-z-]+)*(?: \"[^\"\n]*\")?)", shown)))


@pytest.mark.parametrize("line", _command_lines())
def test_command_lines_that_pages_show_exist(line: str) -> None:
    """Given a command line on a page, when its subcommand and options are looked for, then the program has them."""
    choices = next(action.choices for action in parser()._actions if action.dest == "subcommand") or {}
    subcommand, *rest = re.sub(r"\"[^\"]*\"", "", line).split()
    assert subcommand in choices
    known = choices[subcommand]._option_string_actions
    assert [option for option in rest if option.startswith("-") and option not in known] == []
