"""The part `alerts` of signalbox.yml: plain values enter, a checked SourceConfig for each source leaves.

A source that is not named has no way in; one without `auth` is refused, so that nothing is open by an oversight.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from bot.alerts.auth import Auth
from bot.alerts.grouping import MOST_CHANGES, SELECTORS, Grouping
from bot.errors import Misconfigured
from bot.model.durations import seconds

GROUPING = "grouping"
NO_SOURCES = (GROUPING, "cards", "escalation", "note_reaction")
NAMES = ("alertmanager", "pagerduty", "grafana", "opsgenie", "generic")

_HMAC: Mapping[str, tuple[str, str]] = {
    "pagerduty": ("X-PagerDuty-Signature", "v1="),
    "grafana": ("X-Grafana-Alerting-Signature", ""),
}
"""How senders sign when nothing else is written: the header, and what stands before the digits."""


def one_or_more(written: Any) -> Any:
    """A list, also of what was written alone."""
    return [written] if isinstance(written, str) else written


Variable = Annotated[str, StringConstraints(pattern=r"\A[A-Za-z_][A-Za-z0-9_]{0,99}\Z")]
Header = Annotated[str, StringConstraints(pattern=r"\A[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}\Z")]
Selector = Annotated[str, StringConstraints(pattern=rf"\A({'|'.join(SELECTORS)}|labels\.\S{{1,200}})\Z")]
Duration = Annotated[int, BeforeValidator(seconds)]
Path = Annotated[str, StringConstraints(pattern=r"\A[^.\[\]\s]+(\.[^.\[\]\s]+|\[\d{1,4}\])*\Z", max_length=200)]


class Part(BaseModel):
    """One mapping of the file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, regex_engine="python-re")


Checked = TypeVar("Checked", bound=Part)


class AuthConfig(Part):
    """How a sender shows who it is; `secret_env` names one variable, or two while a secret is changed."""

    type: Literal["bearer", "basic", "hmac", "header"]
    secret_env: Annotated[tuple[Variable, ...], BeforeValidator(one_or_more), Field(min_length=1, max_length=2)]
    user: str = Field(default="", max_length=200)
    header: Header | None = None
    prefix: str = Field(default="", max_length=20)
    timestamp_header: Header | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.type == "basic" and not self.user:
            raise ValueError("basic needs a user")
        if self.type == "header" and self.header is None:
            raise ValueError("header needs the name of the header")
        if self.timestamp_header is not None and self.type != "hmac":
            raise ValueError("a timestamp is signed by hmac only")
        return self


class MappingConfig(Part):
    """Where a generic payload has what: paths such as `data.items[0].name`, those of an entry from the entry on."""

    alerts: Path | None = None
    subject: Path
    title: Path
    key: Path | None = None
    symptom: Path | None = None
    status: Path | None = None
    resolved: Annotated[tuple[str, ...], BeforeValidator(one_or_more)] = ("resolved", "ok", "closed")
    service: Path | None = None
    host: Path | None = None
    severity: Path | None = None
    labels: Path | None = None
    annotations: Path | None = None
    starts_at: Path | None = None
    ends_at: Path | None = None
    url: Path | None = None


class FlappingConfig(Part):
    """The mapping `alerts.grouping.flapping`."""

    changes: int = Field(default=Grouping().changes, ge=2, le=MOST_CHANGES)
    within: Duration = Grouping().within


class GroupingConfig(Part):
    """The mapping `alerts.grouping`: which alerts are one incident, and when they come and go too often."""

    by: Annotated[tuple[Selector, ...], BeforeValidator(one_or_more), Field(min_length=1, max_length=10)] = (
        Grouping().by
    )
    window: Duration = Grouping().window
    flapping: FlappingConfig = FlappingConfig()


class SourceConfig(Part):
    """One source: who may send, and, of the generic one, what stands where."""

    auth: AuthConfig
    mapping: MappingConfig | None = None


def sources_of(written: Mapping[str, Any]) -> dict[str, SourceConfig]:
    """The sources that are let in; Misconfigured with a sentence when one cannot be used."""
    for name in written:
        if name not in (*NAMES, *NO_SOURCES):
            raise Misconfigured(f"There is no source alerts.{str(name)[:60]}.", f"There are {', '.join(NAMES)}.")
    return {name: _source(name, plain) for name, plain in written.items() if name not in NO_SOURCES}


def grouping_of(written: Mapping[str, Any]) -> Grouping:
    """How alerts are grouped; Misconfigured with a sentence when it cannot be used."""
    right = "Write {by: [service, symptom], window: 1h, flapping: {changes: 4, within: 10m}}."
    found = checked(GroupingConfig, written.get(GROUPING, {}), GROUPING, right)
    return Grouping(by=found.by, window=found.window, changes=found.flapping.changes, within=found.flapping.within)


def auth_of(auth: AuthConfig, secret: Callable[[str], str]) -> Auth:
    """How a sender shows who it is, with the secrets that hold now; `secret` looks a variable up, empty when unset."""
    return Auth(
        type=auth.type,
        secrets=tuple(found for name in auth.secret_env if (found := secret(name))),
        user=auth.user,
        header=auth.header or "",
        prefix=auth.prefix,
        timestamp_header=auth.timestamp_header or "",
    )


def checked(kind: type[Checked], plain: Any, name: str, right: str) -> Checked:
    """What is written under a name of `alerts`; Misconfigured with its place and what would be right."""
    try:
        return kind.model_validate(plain)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(["alerts", *filter(None, (name,)), *(str(part)[:60] for part in first["loc"])])
        raise Misconfigured(f"{where} cannot be used: {first['msg']}.", right) from None


def _source(name: str, plain: Any) -> SourceConfig:
    right = "Write {auth: {type: bearer, secret_env: ALERTMANAGER_TOKEN}}, or basic, hmac, header."
    found = checked(SourceConfig, plain, name, right)
    if name == "generic" and found.mapping is None:
        raise Misconfigured("alerts.generic has no mapping.", "Write mapping: {subject: id, title: message}.")
    if name != "generic" and found.mapping is not None:
        raise Misconfigured(f"alerts.{name} needs no mapping.", "A mapping belongs to alerts.generic.")
    if found.auth.type == "hmac" and found.auth.header is None:
        return found.model_copy(update={"auth": _signed(name, found.auth)})
    return found


def _signed(name: str, auth: AuthConfig) -> AuthConfig:
    if name not in _HMAC:
        raise Misconfigured(f"alerts.{name} does not say in which header the signature is.", "Write header: X-….")
    header, prefix = _HMAC[name]
    return auth.model_copy(update={"header": header, "prefix": auth.prefix or prefix})
