"""The shape of a runbook file: plain values in, a RunbookFile or every flaw in it out."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from bot.catalog.flaws import Flaw, Place, did_you_mean, shown
from bot.catalog.shape_parts import Line, Shape, Texts
from bot.catalog.shape_safety import (
    ApprovalsFile,
    ConcurrencyFile,
    ConfirmFile,
    CooldownFile,
    RequiresFile,
    SafetyFile,
    WhenFile,
)


def _expectation(written: Any) -> Any:
    return {"pattern": written} if isinstance(written, str) else written


class ExpectFile(Shape):
    """One entry of `expect`."""

    pattern: str = Field(min_length=1, max_length=2000)
    allow_failure: bool = False


class DefaultsFile(Shape):
    """The mapping `defaults`: where the runbook runs when the command does not say."""

    environment: str | None = None
    limit: str | None = None


class FromRole(Shape):
    """The mapping `parameters_from`: a role whose `meta/argument_specs.yml` declares the parameters."""

    role: str = Field(pattern=r"\A\w[\w.-]*\Z")
    entry_point: str = "main"


class RunbookFile(Shape):
    """Everything that may stand in a runbook file."""

    id: str = Field(pattern=r"\A[a-z0-9][a-z0-9-]{0,62}\Z")
    summary: Line
    description: str = ""
    playbook: str | None = None
    command: str | None = None
    module: str | None = Field(default=None, pattern=r"\A[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z")
    args: dict[str, Any] = Field(default_factory=dict)
    become: bool = False
    say: Texts = Field(default_factory=list)
    parameters: dict[Any, Any] | None = None
    parameters_from: FromRole | None = None
    defaults: DefaultsFile = Field(default_factory=DefaultsFile)
    expect: list[Annotated[ExpectFile, BeforeValidator(_expectation)]] = Field(default_factory=list)
    safety: SafetyFile = Field(default_factory=SafetyFile)


_KEYS: dict[Place, type[Shape]] = {
    (): RunbookFile,
    ("safety",): SafetyFile,
    ("defaults",): DefaultsFile,
    ("expect",): ExpectFile,
    ("parameters_from",): FromRole,
    ("safety", "requires_approval"): RequiresFile,
    ("safety", "requires_approval", "when"): WhenFile,
    ("safety", "approvals"): ApprovalsFile,
    ("safety", "confirm"): ConfirmFile,
    ("safety", "cooldown"): CooldownFile,
    ("safety", "concurrency"): ConcurrencyFile,
}

_MUST_BE = {
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of keys and values",
    "model_type": "must be a mapping of keys and values",
    "string_too_short": "must not be empty",
}

_REMEDIES = {
    "id": "Use small letters, digits and hyphens, at most 63, such as restart-service.",
    "summary": "Say in one line of at most 200 characters what the runbook does.",
    "playbook": "Name the playbook beside this file, such as restart_service.yml.",
    "command": "Write one command line, such as redis-cli FLUSHDB.",
    "module": "Name one Ansible module, such as ansible.builtin.ping.",
    "args": "Write the module's arguments as a mapping.",
    "say": "Write a list of phrases, such as restart {service} in {environment}.",
    "parameters": "Write a mapping of names, such as service: {type: str, required: true}.",
    "parameters_from": "Write {role: <name>, entry_point: main}.",
    "expect": "Write a list of patterns, or of {pattern: ..., allow_failure: true}.",
    "defaults": "Write {environment: <name>, limit: <pattern>}.",
    "safety.requires_approval": "Write true, false, or {when: {environments: [prod], hosts_over: 5}}.",
    "safety.requires_approval.when": "Write one or more of environments, hosts_over and parameters.",
    "safety.approvals": "Write {count: 2, roles: [lead], exclude_requester: true, expires: 1h}.",
    "safety.confirm": "Write true, or {message: Are you sure?, timeout: 120}.",
    "safety.confirm.message": "Write one sentence of at most 500 characters.",
    "safety.concurrency": "Write forbid, queue or replace, or {mode: queue, per: hosts}.",
    "safety.check_first": "Write true or false.",
    "safety.automation": "Write safe, or leave it out.",
    "safety.scopes": "Write a list of environments, such as [staging, dev].",
    "safety.max_hosts": "Write a number of hosts, 1 or more.",
    "safety.cooldown": "Write a duration, such as 10m, or {host: 10m, runbook: 1h}.",
    "safety.timeout": "Write a duration, such as 5m.",
}


def check_shape(plain: Any) -> tuple[RunbookFile | None, list[Flaw]]:
    """The file's values, typed, or None and every flaw."""
    if not isinstance(plain, dict):
        what = "The file holds no mapping of keys and values."
        return None, [Flaw(place=(), what=what, remedy="Begin with id: and summary:.")]
    try:
        return RunbookFile.model_validate({str(key): value for key, value in plain.items()}), []
    except ValidationError as error:
        return None, [_flaw(one) for one in error.errors(include_url=False, include_input=False)]


def _flaw(error: Any) -> Flaw:
    place: Place = tuple(error["loc"])
    key = shown(place[-1]) if place else ""
    if error["type"] == "extra_forbidden":
        return _unknown_key(place, key)
    names = [part for part in place if isinstance(part, str)]
    dotted = ".".join(names)
    remedy = _remedy(names)
    if error["type"] == "missing":
        return Flaw(place=place, what=f"The key {key} is missing.", remedy=remedy)
    if error["type"] == "value_error":
        return Flaw(place=place, what=f"{dotted} {error['ctx']['error']}.", remedy=remedy)
    must = _MUST_BE.get(error["type"]) or f"cannot be used: {error['msg'][:1].lower()}{error['msg'][1:]}"
    return Flaw(place=place, what=f"{shown(dotted)} {must}.", remedy=remedy)


def _remedy(names: list[str]) -> str:
    """What is right there, or else for the nearest key around it."""
    places = (".".join(names[:length]) for length in range(len(names), 0, -1))
    return next((_REMEDIES[place] for place in places if place in _REMEDIES), "Mend the value.")


def _unknown_key(place: Place, key: str) -> Flaw:
    around = tuple(part for part in place[:-1] if isinstance(part, str))
    known = _KEYS.get(around, RunbookFile).model_fields
    inside = f" in {'.'.join(around)}" if around else ""
    return Flaw(place=place, what=f"There is no key {key}{inside}.", remedy=did_you_mean(key, known))
