"""Everything that people can set, say, write or meet is in the docs, and nothing is there that is not."""

import inspect
import re
from types import ModuleType

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from bot import errors
from bot.alerts.config import AuthConfig, GroupingConfig, MappingConfig
from bot.alerts.showing import ShowingConfig
from bot.catalog.shape import RunbookFile
from bot.catalog.specs import _Spec
from bot.chat.slack import trouble
from bot.cli import parser
from bot.commands import topics
from bot.entrypoints import alert_http
from bot.flows.alert import Cause
from bot.guards import Policy, Schedule
from bot.guards.decide import GUARDS
from bot.guards.policy_environment import EnvironmentPolicy
from bot.guards.policy_roles import Role
from bot.model.event import ENDED, MORE_TEXT, STATUS, STEP, WAVE, Result, RunEvent
from bot.model.people import Origin
from bot.model.status import TRANSITIONS, RunStatus
from bot.settings import Settings
from tests.docs.pages import ROOT, code, first_column, headings, rows, text


def _aliases() -> dict[str, str]:
    """Every setting with its default as the page writes it."""
    found = {}
    for field in Settings.model_fields.values():
        default = "" if field.default in (PydanticUndefined, None) else field.default
        shown = str(default.get_secret_value() if hasattr(default, "get_secret_value") else default)
        shown = shown.lower() if isinstance(field.default, bool) else shown
        found[str(field.alias)] = f"`{shown}`" if shown else "unset"
    return found


def test_every_setting_is_documented_with_its_default() -> None:
    """Given the settings, when their page is read, then each has a row with its default, and no other row is there."""
    documented = {code(cells[0])[0]: cells[1] for cells in rows("docs/settings.md", "Ours") if code(cells[0])}
    assert documented == _aliases()


def test_every_setting_says_what_it_is_for() -> None:
    """Given the settings' page, when its rows are read, then each has a meaning of more than a word."""
    meanings = [cells[2] for cells in rows("docs/settings.md", "Ours")[1:]]
    assert all(len(meaning.split()) > 5 for meaning in meanings)


def test_every_command_has_a_heading_with_its_usage() -> None:
    """Given the commands, when their page is read, then the headings are the usages, each once."""
    usages = [head.strip("`") for head in headings(text("docs/commands.md")) if head.startswith("`")]
    assert sorted(usages) == sorted(topic.usage for topic in topics())


def test_every_command_is_in_the_changelog() -> None:
    """Given the commands, when the changelog is read, then it names each."""
    assert {topic.word for topic in topics()} <= set(code(text("CHANGELOG.md")))


def test_every_status_is_in_the_glossary() -> None:
    """Given the statuses, when the glossary is read, then it has each, and no other."""
    assert first_column("docs/glossary.md", "Run status") == {status.value for status in RunStatus}


def test_the_glossary_knows_which_statuses_end_a_run() -> None:
    """Given the transition table, when the glossary is read, then it agrees on what ends a run."""
    said = {code(cells[0])[0]: cells[2] for cells in rows("docs/glossary.md", "Run status")[1:]}
    assert said == {status.value: "no" if TRANSITIONS[status] else "yes" for status in RunStatus}


def test_every_result_and_origin_is_in_the_glossary() -> None:
    """Given results and origins, when the glossary is read, then it has them all."""
    known = set(code(text("docs/glossary.md")))
    assert {*map(str, Result), *map(str, Origin)} <= known


def test_our_kinds_of_events_are_in_the_glossary() -> None:
    """Given the kinds that are ours, when the glossary is read, then it has each, and no other."""
    assert first_column("docs/glossary.md", "Kinds of RunEvent") == {STATUS, MORE_TEXT, STEP, WAVE, ENDED}


def _error_names(module: ModuleType) -> set[str]:
    """The errors that a module makes, not those that it imports."""
    classes = [value for value in vars(module).values() if inspect.isclass(value) and issubclass(value, Exception)]
    return {each.__name__ for each in classes if each.__module__ == module.__name__}


def test_every_error_is_documented() -> None:
    """Given the error classes, when their page is read, then each has a row, and no other is there."""
    assert first_column("docs/errors.md") == _error_names(errors) | _error_names(trouble)
    assert first_column("docs/errors.md", "Slack") == _error_names(trouble)


def test_the_trees_of_errors_are_those_of_the_modules() -> None:
    """Given the trees at the top of the two modules, when the page's are read, then names and depths are the same."""

    def tree(written: str) -> list[tuple[int, str]]:
        lines = [re.match(r"\s*([│ ]*)[├└]── (\w+)", line) for line in written.splitlines()]
        return [(len(line[1].strip()), line[2]) for line in lines if line]

    assert tree(text("docs/errors.md")) == [*tree(str(errors.__doc__)), *tree(str(trouble.__doc__))]


def _keys(model: type[BaseModel], prefix: str = "") -> set[str]:
    """Every key of a file's model, those inside of it with a dot."""
    found = set()
    for attribute, field in model.model_fields.items():
        name = field.alias or attribute
        found.add(prefix + name)
        many = "[]" if getattr(field.annotation, "__origin__", None) is tuple else ""
        for inner in _models(field.annotation):
            found |= _keys(inner, f"{prefix}{name}{many}.")
    return found


def _models(hint: object) -> list[type[BaseModel]]:
    if inspect.isclass(hint) and issubclass(hint, BaseModel):
        return [hint]
    return [model for part in getattr(hint, "__args__", ()) for model in _models(part)]


def test_every_runbook_key_is_documented() -> None:
    """Given what a runbook file may hold, when its page is read, then each key has a row, and no other is there."""
    assert first_column("docs/runbooks.md", "Keys") == _keys(RunbookFile)


def test_every_key_of_a_parameter_is_documented() -> None:
    """Given what a parameter's declaration may hold, when its page is read, then each key has a row."""
    assert first_column("docs/runbooks.md", "Parameters") == set(_Spec.model_fields)


def _policy_keys() -> set[str]:
    """Every key of signalbox.yml as the page writes it."""
    plain = {key for key in _keys(Policy) if not key.startswith(("roles", "environments", "schedules", "written"))}
    return plain | {
        "roles",
        "environments",
        *_keys(Role, "roles.<role>."),
        *_keys(EnvironmentPolicy, "environments.<name>."),
        "schedules",
        *_keys(Schedule, "schedules.<name>."),
    }


def test_every_policy_key_is_documented() -> None:
    """Given what signalbox.yml may hold, when its page is read, then each key has a row, and no other is there."""
    assert first_column("docs/policy.md", "In force today") == _policy_keys()


def test_every_key_of_alerts_is_documented() -> None:
    """Given what `alerts` may hold, when its page is read, then each key has a row, and no other is there."""
    assert first_column("docs/alerts.md", "Keys") == {
        *_keys(AuthConfig, "alerts.<source>.auth."),
        *_keys(MappingConfig, "alerts.generic.mapping."),
        *(key for key in _keys(GroupingConfig, "alerts.grouping.") if key != "alerts.grouping.flapping"),
        *_keys(ShowingConfig, "alerts."),
    }


def test_every_answer_to_a_sender_is_documented() -> None:
    """Given why a request may be refused, when the page is read, then each reason stands at its status."""
    told = {
        (int(row[0]), cause)
        for row in rows("docs/alerts.md", "What senders are answered")[1:]
        for cause in code(row[1])
    }
    assert told == {(status, cause.value) for cause, status in alert_http.STATUS.items()} | {
        (alert_http.UNSIGNED, Cause.MISSING.value)
    }


def test_every_guard_is_documented() -> None:
    """Given the guards, when the page on policy is read, then it has a row for each, in the order of their answers."""
    named = [code(cells[0])[0] for cells in rows("docs/policy.md", "How it is decided")[1:]]
    assert named == [guard.__name__ for guard in GUARDS]


def test_every_make_target_is_documented() -> None:
    """Given the Makefile, when README and CONTRIBUTING are read, then they name each target, and no other."""
    targets = set(re.findall(r"^([a-z][a-z-]*):", text("Makefile"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)`", text("README.md") + text("CONTRIBUTING.md")))
    assert named == targets


def test_every_subcommand_is_documented() -> None:
    """Given the command line, when the page on operating is read, then it has a row for each process."""
    choices = next(action.choices for action in parser()._actions if action.dest == "subcommand")
    named = first_column("docs/operating.md", "Processes")
    documented = {name.split()[-1] for name in named if name.startswith("python -m bot ")}
    assert choices is not None
    assert documented == set(choices)


@pytest.mark.parametrize("option", ["--json", "--as", "--channel", "--group", "--host", "--port", "--workers"])
def test_every_option_of_the_command_line_is_documented(option: str) -> None:
    """Given an option that people use, when the pages are read, then one of them names it."""
    assert any(option in text(f"docs/{page}.md") for page in ("operating", "json", "policy", "settings", "commands"))


def test_every_field_of_an_event_is_documented() -> None:
    """Given the event's fields, when the page on JSON is read, then it has each beside `type`, and no other."""
    documented = first_column("docs/json.md", "`type: event`") - set(map(str, Result)) - {"run_text", "--diff"}
    assert documented == {"type", *(field for field in RunEvent.__dataclass_fields__)}


def test_every_library_has_its_reason() -> None:
    """Given what is required, when the decision on libraries is read, then each has a row, and no other is there."""
    required = re.findall(r"^([a-z-]+)", text("requirements.in"), re.MULTILINE)
    documented = {cells[0] for cells in rows("docs/decisions/0002-libraries.md")[1:]}
    assert documented == set(required)


def test_every_library_of_the_checks_is_named() -> None:
    """Given what the checks require, when the decision on libraries is read, then it names each."""
    required = re.findall(r"^([a-z][a-z-]*)", text("requirements-dev.in"), re.MULTILINE)
    missing = [name for name in required if name not in text("docs/decisions/0002-libraries.md")]
    assert missing == []


def test_every_decision_is_listed() -> None:
    """Given the records, when their list is read, then it names each."""
    records = {path.name for path in (ROOT / "docs/decisions").glob("0*.md")}
    assert records == set(re.findall(r"\((0[^)]+)\)", text("docs/decisions/README.md")))


def test_every_room_is_on_the_map() -> None:
    """Given the packages of the bot, when the architecture page is read, then its map has a line for each."""
    rooms = {path.parent.name for path in (ROOT / "bot").glob("*/__init__.py")}
    drawn = set(re.findall(r"^ {6}([a-z]+)/ ", text("docs/architecture.md"), re.MULTILINE))
    assert drawn == rooms


def test_the_map_leads_to_files_that_are_there() -> None:
    """Given the modules that pages name in backticks, when they are looked for, then each is there."""
    named = {
        name
        for page in ("architecture", "adding", "security", "glossary", "errors")
        for name in code(text(f"docs/{page}.md"))
        if re.fullmatch(r"(?:bot/|tests/)?[a-z_]+/[\w/]+\.(?:py|lark)", name)
    }
    missing = [name for name in sorted(named) if not any((ROOT / base / name).is_file() for base in ("", "bot"))]
    assert named
    assert missing == []
