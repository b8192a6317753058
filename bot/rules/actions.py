"""The actions of a rule: mappings as written enter; frozen Actions, or what is wrong with them, leave."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.lined import has_tag
from bot.model.rule import (
    Action,
    Debug,
    Escalate,
    Nothing,
    Notify,
    PostEvent,
    PrintEvent,
    RetractFact,
    RunPlaybook,
    RunRunbook,
    SetFact,
    SuggestRunbook,
)
from bot.rules import shape, templates
from bot.rules.flaws import DIFFERENT, Flaw, Place, did_you_mean, shown

_PASSED_OVER = (
    "copy_files",
    "post_events",
    "set_facts",
    "ruleset",
    "verbosity",
    "var_root",
    "json_mode",
    "retry",
    "retries",
    "delay",
    "lock",
)
_ELSEWHERE = {
    "run_module": "Write a runbook with `module`, and run that.",
    "run_job_template": "Write a runbook, and run that.",
    "run_workflow_template": "Write a runbook, and run that.",
    "shutdown": "Rules cannot end processes; take the rule out.",
    "pg_notify": "Use notify, or a runbook.",
    "kafka_notify": "Use notify, or a runbook.",
    "echo": "Write debug with msg.",
}
MOST_ACTIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """The shape of what stands under an action's name, and how it becomes an Action."""

    model: type[Any]
    make: Callable[[Any], Action]


def _limit(given: Any) -> dict[str, Any]:
    """What an author wrote as `limit`: one text, or a list of them."""
    if given is None:
        return {}
    return {"limit": ",".join(map(str, given)) if isinstance(given, list) else str(given)}


def _runbook(given: shape.RunbookActionFile) -> dict[str, Any]:
    return {
        "runbook": given.runbook,
        "environment": given.environment,
        "parameters": given.parameters,
        "check": given.check,
        **_limit(given.limit),
    }


def _debug(given: shape.DebugFile) -> Debug:
    if given.msg is not None:
        return Debug(text=str(given.msg))
    more = given.model_extra or {}
    return Debug(text=", ".join(f"{name}: {value}" for name, value in more.items()))


KINDS: Mapping[str, _Kind] = {
    "run_runbook": _Kind(
        model=shape.RunRunbookFile, make=lambda given: RunRunbook(**_runbook(given), verify=given.verify)
    ),
    "suggest_runbook": _Kind(model=shape.RunbookActionFile, make=lambda given: SuggestRunbook(**_runbook(given))),
    "run_playbook": _Kind(
        model=shape.RunPlaybookFile,
        make=lambda given: RunPlaybook(
            playbook=given.name,
            environment=given.environment,
            extra_vars=given.extra_vars,
            **_limit(given.limit),
        ),
    ),
    "notify": _Kind(model=shape.NotifyFile, make=lambda given: Notify(text=given.text, channel=given.channel)),
    "escalate": _Kind(
        model=shape.EscalateFile,
        make=lambda given: Escalate(to=tuple(given.to), after=given.after, text=given.text),
    ),
    "set_fact": _Kind(model=shape.FactFile, make=lambda given: SetFact(fact=given.fact, ruleset=given.ruleset)),
    "retract_fact": _Kind(
        model=shape.RetractFile,
        make=lambda given: RetractFact(fact=given.fact, ruleset=given.ruleset, partial=given.partial),
    ),
    "post_event": _Kind(model=shape.PostFile, make=lambda given: PostEvent(event=given.event, ruleset=given.ruleset)),
    "none": _Kind(model=shape.NoneFile, make=lambda _given: Nothing()),
    "debug": _Kind(model=shape.DebugFile, make=_debug),
    "print_event": _Kind(model=shape.PrintFile, make=lambda _given: PrintEvent()),
}
"""Every action by its name; docs/rulebooks.md has a row for each."""


def read_actions(rule: Mapping[str, Any], place: Place) -> tuple[tuple[Action, ...], list[Flaw]]:
    """The actions of the rule at `place`: what stands under `action` or `actions`."""
    if ("action" in rule) is ("actions" in rule):
        return (), [Flaw(place=place, what="A rule has either action or actions.", remedy="Write one of the two.")]
    key = "action" if "action" in rule else "actions"
    written = rule[key]
    entries = [((*place, key), written)]
    if key == "actions":
        if not isinstance(written, list) or not 0 < len(written) <= MOST_ACTIONS:
            remedy = "Write `- run_runbook: {…}` for each."
            what = f"actions must be a list of 1 to {MOST_ACTIONS} actions."
            return (), [Flaw(place=(*place, key), what=what, remedy=remedy)]
        entries = [((*place, key, number), entry) for number, entry in enumerate(written)]
    found, flaws = [], []
    for where, entry in entries:
        action, wrong = _read(entry, where)
        flaws += wrong
        if action is not None:
            found.append(action)
    return tuple(found), flaws


def _read(entry: Any, place: Place) -> tuple[Action | None, list[Flaw]]:
    if isinstance(entry, str):
        entry = {entry: None}
    if not isinstance(entry, Mapping) or len(entry) != 1:
        what = "An action is a mapping with one key, the name of what to do."
        return None, [Flaw(place=place, what=what, remedy="Write run_runbook: {runbook: …}.")]
    (name, given), *_ = entry.items()
    kind = KINDS.get(name)
    if kind is None:
        remedy = _ELSEWHERE.get(name) or did_you_mean(str(name), KINDS)
        return None, [Flaw(place=(*place, name), what=f"There is no action {shown(name)} here.", remedy=remedy)]
    where = (*place, name)
    made, flaws = shape.check(kind.model, {} if given is None else given, where)
    if has_tag(given):
        what, remedy = "A vaulted value in an action is not read.", "Let the playbook read it from its vault."
        flaws.append(Flaw(place=where, what=what, remedy=remedy))
    flaws += _template_flaws(given, where)
    if made is None or flaws:
        return None, flaws
    return kind.make(made), list(_differences(made, where))


def _template_flaws(given: Any, place: Place) -> list[Flaw]:
    """Of each value that stands under a key of its own, so that the line is right."""
    inner = given.items() if isinstance(given, Mapping) else ()
    return [
        Flaw(place=(*place, str(key)), what=f"A template cannot be used: {wrong.what}", remedy=wrong.remedy)
        for key, value in inner
        for wrong in templates.flaws({str(key): value})
    ]


def _differences(made: Any, place: Place) -> Iterator[Flaw]:
    if isinstance(made, shape.RunPlaybookFile):
        for key in _PASSED_OVER:
            if key in made.model_fields_set:
                what = f"{key} does nothing here: a playbook runs as its runbook says."
                yield Flaw(place=(*place, key), what=what, remedy="Take it out.", rule=DIFFERENT)
