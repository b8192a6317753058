"""The shape of a rulebook's parts: plain values in; the typed part, or every flaw in it, out."""

import re
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.model import durations
from bot.model.people import is_people
from bot.rules.flaws import Flaw, Place, did_you_mean, shown

_SPAN = re.compile(r"([0-9]{1,9})\s+(millisecond|second|minute|hour|day)s?")
_CHANNEL = re.compile(r"(slack:)?[CG][A-Z0-9]{2,40}|(terminal:)?[^\s:{}]{1,80}")
_UNITS = {"millisecond": 0.001, "second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0}
_MUST_BE = {
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of keys and values",
    "model_type": "must be a mapping of keys and values",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
}
_REMEDIES = {
    "timeout": "Write a duration, such as 10 seconds.",
    "hosts": "Write a host pattern, such as all or web.",
    "default_events_ttl": "Write a duration, such as 2 hours.",
    "group_by_attributes": "Write a list of paths, such as [event.alert.labels.host].",
    "throttle": "Write once_within, once_after or accumulate_within with group_by_attributes.",
    "runbook": "Write the id of a runbook, such as restart-service.",
    "verify": "Write a duration, such as 10m.",
    "after": "Write a duration, such as 10m.",
    "to": "Write channel, slack-group:S…, slack:U…, or a channel: its id in Slack, or terminal:ops.",
    "name": "Write a name of at most 200 characters.",
}


def span(written: Any) -> Any:
    """Seconds of `10 seconds`, `5 minutes`, `500 milliseconds`, or of our own `10m`."""
    if isinstance(written, str) and (match := _SPAN.fullmatch(written.strip())):
        seconds = int(match[1]) * _UNITS[match[2]]
        if seconds > 0:
            return seconds
    try:
        return float(durations.seconds(written))
    except ValueError:
        raise ValueError("must be a duration, such as 10 seconds or 5 minutes") from None


def _texts(written: Any) -> Any:
    return [written] if isinstance(written, str) else written


def _can_be_called(names: list[str]) -> list[str]:
    wrong = next((name for name in names if not is_people(name) and not _CHANNEL.fullmatch(name)), None)
    if wrong is not None:
        raise ValueError(f"names nobody who can be called: {shown(wrong)!r}")
    return names


Span = Annotated[float, BeforeValidator(span)]
Texts = Annotated[list[str], BeforeValidator(_texts)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class Shape(BaseModel):
    """One mapping of the file: unknown keys are refused, and values are not turned into other types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, regex_engine="python-re")


class RulesetFile(Shape):
    """A ruleset; its sources and rules are looked at one by one."""

    name: Name
    hosts: str = ""
    sources: list[Any] = Field(default_factory=list)
    rules: list[Any] = Field(min_length=1)
    gather_facts: bool = False
    default_events_ttl: Span = 7200.0
    execution_strategy: str = "sequential"
    match_multiple_rules: bool = False


class ThrottleFile(Shape):
    """The mapping `throttle`; exactly one of the three spans."""

    once_within: Span | None = None
    once_after: Span | None = None
    accumulate_within: Span | None = None
    threshold: int | None = Field(default=None, ge=1, le=1_000_000)
    group_by_attributes: list[str] = Field(min_length=1, max_length=20)


class RuleFile(Shape):
    """A rule; condition, actions and throttle are looked at one by one."""

    name: Name
    condition: Any
    action: Any = None
    actions: Any = None
    throttle: Any = None
    enabled: bool = True


class ManyFile(Shape):
    """A condition of several tests."""

    all: list[Any] | None = Field(default=None, min_length=1, max_length=20)
    any: list[Any] | None = Field(default=None, min_length=1, max_length=100)
    not_all: list[Any] | None = Field(default=None, min_length=1, max_length=20)
    timeout: Span | None = None


class RunbookActionFile(Shape):
    """`suggest_runbook`."""

    runbook: str = Field(pattern=r"\A[a-z0-9][a-z0-9-]{0,62}\Z")
    environment: str = ""
    limit: Any = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    check: bool = False


class RunRunbookFile(RunbookActionFile):
    """`run_runbook`."""

    verify: Annotated[int, BeforeValidator(durations.seconds)] | None = None


class RunPlaybookFile(Shape):
    """`run_playbook`, with the keys that Event-Driven Ansible has for it."""

    name: str = Field(min_length=1)
    environment: str = ""
    limit: Any = None
    extra_vars: dict[str, Any] = Field(default_factory=dict)
    copy_files: Any = None
    post_events: Any = None
    set_facts: Any = None
    ruleset: Any = None
    verbosity: Any = None
    var_root: Any = None
    json_mode: Any = None
    retry: Any = None
    retries: Any = None
    delay: Any = None
    lock: Any = None


class NotifyFile(Shape):
    """`notify`."""

    text: str = Field(min_length=1)
    channel: str = ""


class EscalateFile(Shape):
    """`escalate`; who is called is written here, never named by an event."""

    to: Annotated[
        list[str], BeforeValidator(_texts), Field(min_length=1, max_length=10), AfterValidator(_can_be_called)
    ]
    after: Annotated[int, BeforeValidator(durations.seconds)]
    text: str = ""


class FactFile(Shape):
    """`set_fact`."""

    fact: dict[str, Any] = Field(min_length=1)
    ruleset: str = ""


class RetractFile(FactFile):
    """`retract_fact`."""

    partial: bool = True


class PostFile(Shape):
    """`post_event`."""

    event: dict[str, Any] = Field(min_length=1)
    ruleset: str = ""


class NoneFile(Shape):
    """`none`."""


class DebugFile(BaseModel):
    """`debug`: a `msg`, or values by any name."""

    model_config = ConfigDict(extra="allow", frozen=True)

    msg: Any = None


class PrintFile(Shape):
    """`print_event`."""

    pretty: bool = False
    var_root: Any = None


M = TypeVar("M", bound=BaseModel)


def check(model: type[M], plain: Any, place: Place) -> tuple[M | None, list[Flaw]]:
    """The part at `place`, typed, or None and every flaw."""
    try:
        return model.model_validate(plain), []
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        return None, [_flaw(model, place, one) for one in found]


def _flaw(model: type[BaseModel], place: Place, error: Any) -> Flaw:
    inner = tuple(part for part in error["loc"] if isinstance(part, str | int))
    key = shown(inner[-1]) if inner else shown(place[-1] if place else "the file")
    here = (*place, *inner)
    if error["type"] == "extra_forbidden":
        return Flaw(place=here, what=f"There is no key {key} here.", remedy=did_you_mean(key, model.model_fields))
    names = [part for part in inner if isinstance(part, str)]
    remedy = next((_REMEDIES[name] for name in reversed(names) if name in _REMEDIES), "Mend the value.")
    if error["type"] == "missing":
        remedy = _REMEDIES.get(key, f"Write {key}.")
        return Flaw(place=here, what=f"The key {key} is missing.", remedy=remedy)
    if error["type"] == "value_error":
        return Flaw(place=here, what=f"{key} {error['ctx']['error']}.", remedy=remedy)
    must = _MUST_BE.get(error["type"]) or f"cannot be used: {error['msg'][:1].lower()}{error['msg'][1:]}"
    return Flaw(place=here, what=f"{key} {must}.", remedy=remedy)
