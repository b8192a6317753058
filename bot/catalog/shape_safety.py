"""The shape of `safety` in a runbook file; what may be written short is read as the mapping that it stands for."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bot.catalog.shape_parts import Duration, Shape, Texts
from bot.model.durations import seconds
from bot.model.safety import Overlap, Per

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_TEMPLATE = re.compile(r"\{[{%]")


def _plain(message: str) -> str:
    if _CONTROL.search(message):
        raise ValueError("must be plain text")
    if _TEMPLATE.search(message):
        raise ValueError("is shown as it stands: nothing fills in a template")
    return message


def _list_of_values(written: Any) -> Any:
    values = written if isinstance(written, list) else [written]
    if values and all(isinstance(value, str | int | float | bool) for value in values):
        return values
    raise ValueError("must be a value, or a list of values")


Message = Annotated[str, Field(max_length=500), AfterValidator(_plain)]
Values = Annotated[list[Any], BeforeValidator(_list_of_values)]


class WhenFile(Shape):
    """The mapping `safety.requires_approval.when`: one condition that fits is enough."""

    environments: Texts = Field(default_factory=list)
    hosts_over: int | None = Field(default=None, ge=1)
    parameters: dict[str, Values] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.environments or self.parameters or self.hosts_over is not None:
            return self
        raise ValueError("must say when")


class RequiresFile(Shape):
    """The mapping `safety.requires_approval`; without `when`, always."""

    when: WhenFile | None = None


class ApprovalsFile(Shape):
    """The mapping `safety.approvals`: what an approval is, where one is needed."""

    count: int = Field(default=1, ge=1, le=20)
    roles: Texts = Field(default_factory=list)
    exclude_requester: bool = True
    expires: Duration = 3600


class ConfirmFile(Shape):
    """The mapping `safety.confirm`; true is a mapping without a message."""

    message: Message = ""
    timeout: Duration = 120


class CooldownFile(Shape):
    """The mapping `safety.cooldown`; a duration alone is one for hosts."""

    host: Duration | None = None
    runbook: Duration | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.host is None and self.runbook is None:
            raise ValueError("must name host, runbook, or both")
        return self


class ConcurrencyFile(Shape):
    """The mapping `safety.concurrency`; a word alone is a mode, for overlapping hosts."""

    mode: Annotated[Overlap, Field(strict=False)]
    per: Annotated[Per, Field(strict=False)] = Per.HOSTS


def _yes_or(written: Any) -> Any:
    """True and False stand for an empty mapping and none."""
    if isinstance(written, bool):
        return {} if written else None
    if isinstance(written, dict) and written:
        return written
    raise ValueError("must be true, false or a mapping of keys and values")


def _cooldown(written: Any) -> Any:
    return written if isinstance(written, dict) else {"host": seconds(written)}


def _concurrency(written: Any) -> Any:
    return {"mode": written} if isinstance(written, str) else written


class SafetyFile(Shape):
    """The mapping `safety`; durations are seconds once read."""

    requires_approval: Annotated[RequiresFile | None, BeforeValidator(_yes_or)] = None
    approvals: ApprovalsFile = Field(default_factory=ApprovalsFile)
    confirm: Annotated[ConfirmFile | None, BeforeValidator(_yes_or)] = None
    scopes: Texts | None = None
    max_hosts: int | None = Field(default=None, ge=1)
    cooldown: Annotated[CooldownFile | None, BeforeValidator(_cooldown)] = None
    concurrency: Annotated[ConcurrencyFile | None, BeforeValidator(_concurrency)] = None
    timeout: Duration | None = None
    check_first: bool = False
    automation: Literal["safe"] | None = None
