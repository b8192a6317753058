"""A view as Slack sends it back enters; what was picked and typed leaves, or where in the form an error belongs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat.slack.buttons import Action
from bot.chat.slack.fields import Given, block_id, read
from bot.chat.slack.forms import CHECK, DENY_CHARACTERS, ENVIRONMENT, HOSTS, PATTERN, REASON, RUNBOOK
from bot.chat.slack.parts import plain
from bot.chat.text import line
from bot.errors import BadParameters, BadTarget, SignalboxError, UnknownName
from bot.model.command import AskRun, RunOptions
from bot.model.runbook import Runbook

ERROR_CHARACTERS = 300
_NAME = re.compile(r"(?:The value of )?([A-Za-z_][A-Za-z0-9_]*)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """What the form holds beside the parameters; `limit` joins the hosts picked and the pattern typed."""

    runbook: str = ""
    environment: str | None = None
    hosts: tuple[str, ...] = ()
    pattern: str = ""
    check: bool = False
    context: str = ""

    @property
    def limit(self) -> str | None:
        """The host pattern that the form means; None when it names none.

        A pattern may be written with commas or with colons, and Ansible takes no mixture.
        """
        parts = (*self.hosts, *([self.pattern] if self.pattern else []))
        colons = ":" in self.pattern and "," not in self.pattern and not any(":" in host for host in self.hosts)
        return (":" if colons else ",").join(parts) or None


def picked(view: Mapping[str, Any]) -> Picked:
    """What is picked in a view, whatever else stands in it."""
    carried = view.get("private_metadata")
    return Picked(
        runbook=next(iter(_chosen(_element(view, RUNBOOK, Action.FORM_RUNBOOK))), ""),
        environment=next(iter(_chosen(_element(view, ENVIRONMENT, Action.FORM_ENVIRONMENT))), None),
        hosts=tuple(_chosen(_element(view, HOSTS, Action.FORM_HOSTS))),
        pattern=_text(_element(view, PATTERN, Action.FORM_PATTERN)),
        check=bool(_chosen(_element(view, CHECK, Action.FORM_CHECK))),
        context=carried if isinstance(carried, str) else "",
    )


def values(view: Mapping[str, Any], runbook: Runbook) -> dict[str, Given]:
    """The parameters' values in the view, secrets too, as a person would type them; fields left empty are not in it."""
    found: dict[str, Given] = {}
    for parameter in runbook.parameters:
        state = _element(view, block_id(runbook.id, parameter.name), Action.FORM_VALUE)
        value = read(parameter, state) if state is not None else None
        if value is not None:
            found[parameter.name] = value
    return found


def asked(view: Mapping[str, Any], runbook: Runbook) -> tuple[AskRun, dict[str, str]]:
    """The command that a submitted form means, and apart from it the secrets, which must never be kept."""
    choice, given = picked(view), values(view, runbook)
    secrets = {name: value for name, value in given.items() if name in runbook.secrets and isinstance(value, str)}
    command = AskRun(
        runbook=runbook.id,
        limit=choice.limit,
        environment=choice.environment,
        parameters={name: value for name, value in given.items() if name not in runbook.secrets},
        options=RunOptions(check=choice.check),
    )
    return command, secrets


def secrets(view: Mapping[str, Any], runbook: Runbook) -> dict[str, str]:
    """What was typed into the form for secrets."""
    given = values(view, runbook)
    return {name: value for name, value in given.items() if name in runbook.secrets and isinstance(value, str)}


def reason(view: Mapping[str, Any]) -> str:
    """Why somebody says no; lines become one, and what is typed beyond the limit is cut."""
    return line(_text(_element(view, REASON, Action.DENY_REASON)), DENY_CHARACTERS)


def field_errors(error: SignalboxError, runbook: Runbook | None, view: Mapping[str, Any]) -> dict[str, str]:
    """The sentence for each field to which an error belongs: `errors` of the answer to `view_submission`.

    Only fields that are in the view get one, for Slack takes no others; what belongs to none stands at the runbook.
    """
    sentences: dict[str, str] = {}
    problems = error.problems if isinstance(error, BadParameters) and error.problems else (str(error),)
    there = _field_names(view)
    for problem in problems:
        at = _place(problem, runbook) if isinstance(error, BadParameters) else _where(error)
        at = at if at in there else next((name for name in (RUNBOOK, *sorted(there)) if name in there), RUNBOOK)
        sentences[at] = f"{sentences[at]} {problem}" if at in sentences else problem
    return {name: plain(text, ERROR_CHARACTERS)["text"] for name, text in sentences.items()}


def _place(problem: str, runbook: Runbook | None) -> str:
    """The field of the parameter that a problem's sentence begins with."""
    found = _NAME.match(problem)
    known = runbook is not None and found is not None and runbook.parameter(found[1]) is not None
    return block_id(runbook.id, found[1]) if known and runbook and found else RUNBOOK


def _where(error: SignalboxError) -> str:
    """The field that an error belongs to when it is not about a parameter."""
    if isinstance(error, BadTarget):
        return PATTERN
    return ENVIRONMENT if isinstance(error, UnknownName) and "environment" in error.what else RUNBOOK


def _field_names(view: Mapping[str, Any]) -> set[str]:
    blocks = view.get("blocks")
    inputs = (
        [b for b in blocks if isinstance(b, Mapping) and b.get("type") == "input"] if isinstance(blocks, list) else []
    )
    return {name for block in inputs if isinstance(name := block.get("block_id"), str)}


def _element(view: Mapping[str, Any], block: str, action: str) -> Mapping[str, Any] | None:
    """Slack's state of one element: `view.state.values[block][action]`; None when it isn't there."""
    found: Any = view
    for name in ("state", "values", block, action):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _chosen(state: Mapping[str, Any] | None) -> list[str]:
    if state is None:
        return []
    several = state.get("selected_options")
    listed = several if isinstance(several, list) else [state.get("selected_option")]
    found = [one.get("value") for one in listed if isinstance(one, Mapping)]
    return [value for value in found if isinstance(value, str)]


def _text(state: Mapping[str, Any] | None) -> str:
    value = state.get("value") if state is not None else None
    return value.strip() if isinstance(value, str) else ""
