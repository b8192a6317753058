"""What may be run enters; the form (modal) that asks for it leaves, and what Slack says was filled in comes back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default_of
from typing import Any

from bot.chat.slack import limits, sizes
from bot.chat.slack.buttons import Action
from bot.chat.slack.fields import Given, field
from bot.chat.slack.message import Block
from bot.chat.slack.mrkdwn import code, literal, sentence, words
from bot.chat.slack.parts import context, fits, option, options, plain, section
from bot.chat.slack.sizes import short, units
from bot.chat.text import clean
from bot.chat.words import many
from bot.model.runbook import Parameter, Runbook

CALLBACK = "run_form"
SECRETS_CALLBACK = "secrets_form"
DENY_CALLBACK = "deny_form"
REASON = "reason"
DENY_CHARACTERS = 500
RUNBOOK, ENVIRONMENT, HOSTS, PATTERN, CHECK = "runbook", "environment", "hosts", "pattern", "check"
CHECKED = "check"
FIELDS_SHOWN = 80
"""So many parameters have a field; what is beyond must have a default, or be asked for in a command."""
HOSTS_SHOWN = 30
NOTE = 1_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The hosts that the form as it stands means, or the sentence that says why it means none."""

    hosts: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunForm:
    """The form as it stands.

    `runbooks` are (id, summary) of all that may be picked; `hosts` names picked, `pattern` what was typed instead;
    `values` what is known of the parameters; `note` what the form was opened for, such as an alert's text; `context`
    an opaque text (at most 3,000 characters) that comes back with the answer.
    """

    runbooks: tuple[tuple[str, str], ...]
    environments: tuple[str, ...] = ()
    runbook: Runbook | None = None
    environment: str | None = None
    hosts: tuple[str, ...] = ()
    pattern: str = ""
    values: Mapping[str, Given] = default_of(default_factory=dict)
    check: bool = False
    preview: Preview | None = None
    note: str = ""
    context: str = ""


def run_form(form: RunForm) -> dict[str, Any]:
    """The view for `views.open` and `views.update`; ValueError when `context` is too long."""
    blocks = [
        *([section(literal(short(clean(form.note).strip(), NOTE)))] if clean(form.note).strip() else []),
        _runbook(form),
        *_chosen(form),
    ]
    return _modal("Run a runbook", "Run" if form.runbook else "Next", CALLBACK, form.context, blocks)


def secrets_form(runbook: str, questions: Sequence[tuple[str, str]], context_text: str) -> dict[str, Any]:
    """The view that asks for secrets, given as (name, description): the only place in Slack where they may be typed."""
    parameters = [Parameter(name=name, description=about, required=True, no_log=True) for name, about in questions]
    intro = context(f"{code(runbook, 80)} needs what no channel may see.")
    fields = [field(runbook, parameter) for parameter in parameters[:FIELDS_SHOWN]]
    return _modal("Secrets", "Run", SECRETS_CALLBACK, context_text, [intro, *fields])


def deny_form(run_id: int, carried: str) -> dict[str, Any]:
    """The view that asks why somebody says no to a run."""
    element = {
        "type": "plain_text_input",
        "action_id": Action.DENY_REASON,
        "multiline": True,
        "max_length": DENY_CHARACTERS,
    }
    asked = {"type": "input", "block_id": REASON, "label": plain("Why", sizes.LABEL), "element": element}
    intro = section(f"Run {run_id} ends, and does not start.")
    return _modal(f"Deny run {run_id}", "Deny", DENY_CALLBACK, carried, [intro, {**asked, "optional": True}])


def notice(title: str, text: str) -> dict[str, Any]:
    """A view that only says something; `text` may name commands between backticks."""
    return _modal(title, "", "", "", [section(sentence(text))])


def runbook_options(runbooks: Iterable[tuple[str, str]], query: str) -> dict[str, Any]:
    """Slack's `block_suggestion` for the runbook picker: those with every word of `query` in id or summary."""
    wanted = query.casefold().split()
    found = (
        _runbook_option(name, summary)
        for name, summary in runbooks
        if fits(name) and all(word in f"{name} {summary}".casefold() for word in wanted)
    )
    return {"options": [each for each, _ in zip(found, range(sizes.OPTIONS), strict=False)]}


def host_options(groups: Iterable[str], hosts: Iterable[str], query: str) -> dict[str, Any]:
    """Slack's `block_suggestion` for groups and hosts with `query` in them, those that begin with it first."""
    wanted = query.strip().casefold()
    named = _matching(groups, wanted)[: sizes.OPTIONS // 2]
    known = {each["value"] for each in named}
    others = _matching((host for host in hosts if host not in known), wanted)[: sizes.OPTIONS - len(named)]
    listed = (("Groups", named), ("Hosts", others))
    found = [{"label": plain(label, sizes.OPTION), "options": names} for label, names in listed if names]
    return {"option_groups": found} if found else {"options": []}


def _matching(names: Iterable[str], wanted: str) -> list[dict[str, Any]]:
    found = [name for name in names if wanted in name.casefold()]
    return options(sorted(found, key=lambda name: not name.casefold().startswith(wanted)))


def _modal(title: str, submit: str, callback: str, carried: str, blocks: Iterable[Block]) -> dict[str, Any]:
    if units(carried) > sizes.PRIVATE_METADATA:
        raise ValueError(f"the context of a form is {units(carried)} characters long")
    made = {
        "type": "modal",
        "title": plain(title, sizes.VIEW_TITLE),
        "close": plain("Close" if not submit else "Cancel", sizes.VIEW_TITLE),
        "callback_id": callback,
        "private_metadata": carried,
        "blocks": list(limits.fit_view(blocks)),
    }
    return {**made, "submit": plain(submit, sizes.VIEW_TITLE)} if submit else made


def _runbook(form: RunForm) -> Block:
    """The picker of runbooks: a menu with type-ahead, asked for piece by piece when there are too many for one."""
    menu = [_runbook_option(name, summary) for name, summary in form.runbooks if fits(name)]
    chosen = form.runbook.id if form.runbook else ""
    first = next((each for each in menu if each["value"] == chosen), None)
    element: dict[str, Any] = {"action_id": Action.FORM_RUNBOOK, "placeholder": plain("Type to search", 150)}
    if 0 < len(menu) <= sizes.OPTIONS:
        element |= {"type": "static_select", "options": menu}
    else:
        element |= {"type": "external_select", "min_query_length": 0}
    return _input(RUNBOOK, "Runbook", {**element, **({"initial_option": first} if first else {})}, follows=True)


def _runbook_option(name: str, summary: str) -> dict[str, Any]:
    return option(f"{name}: {summary}" if summary.strip() else name, name)


def _chosen(form: RunForm) -> list[Block]:
    """What is asked once a runbook is chosen: where, with which values, for real or not; and which hosts that means."""
    runbook = form.runbook
    if runbook is None:
        return []
    shown = runbook.parameters[:FIELDS_SHOWN]
    fields = [field(runbook.id, parameter, form.values.get(parameter.name)) for parameter in shown]
    hidden = len(runbook.parameters) - len(shown)
    more = [context(f"{many(hidden, 'more parameter')} can only be given in a command.")] if hidden else []
    about = [context(words(runbook.description, 1_500))] if runbook.description.strip() else []
    return [*about, *_environment(form), *_hosts(form), *_preview(form), *fields, *more, _check(form)]


def _environment(form: RunForm) -> list[Block]:
    menu = options(form.environments)
    if not menu:
        return []
    first = next((each for each in menu if each["value"] == form.environment), None)
    element: dict[str, Any] = {"type": "static_select", "action_id": Action.FORM_ENVIRONMENT, "options": menu}
    return [_input(ENVIRONMENT, "Environment", element | ({"initial_option": first} if first else {}), follows=True)]


def _hosts(form: RunForm) -> list[Block]:
    chosen = options(form.hosts)
    picker: dict[str, Any] = {
        "type": "multi_external_select",
        "action_id": Action.FORM_HOSTS,
        "min_query_length": 0,
        "placeholder": plain("Type a host or a group", sizes.PLACEHOLDER),
    }
    typed: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": Action.FORM_PATTERN,
        "max_length": sizes.INPUT,
        "placeholder": plain("web:!web3", sizes.PLACEHOLDER),
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    picker |= {"initial_options": chosen} if chosen else {}
    typed |= {"initial_value": form.pattern} if form.pattern.strip() and units(form.pattern) <= sizes.INPUT else {}
    return [
        _input(HOSTS, "Hosts and groups", picker, follows=True, optional=True),
        _input(PATTERN, "or a pattern", typed, follows=True, optional=True),
    ]


def _preview(form: RunForm) -> list[Block]:
    """The hosts that a run of the form as it stands would touch."""
    if form.preview is None:
        return []
    if form.preview.problem:
        return [section(f"\u26d4 {sentence(form.preview.problem)}")]
    hosts = form.preview.hosts
    listed = " ".join(code(host, 60) for host in hosts[:HOSTS_SHOWN])
    more = f" and {len(hosts) - HOSTS_SHOWN} more" if len(hosts) > HOSTS_SHOWN else ""
    return [section(f"*Runs on {many(len(hosts), 'host')}*\n{listed}{more}".strip())]


def _check(form: RunForm) -> Block:
    ticked = option("Check mode: change nothing, say what would change", CHECKED)
    element = {"type": "checkboxes", "action_id": Action.FORM_CHECK, "options": [ticked]}
    return _input(CHECK, "Mode", element | ({"initial_options": [ticked]} if form.check else {}), optional=True)


def _input(name: str, label: str, element: dict[str, Any], *, follows: bool = False, optional: bool = False) -> Block:
    """An input block; with `follows` a choice is told at once, so that the form can follow it."""
    made = {"type": "input", "block_id": name, "label": plain(label, sizes.LABEL), "element": element}
    return {**made, "optional": optional, "dispatch_action": follows}
