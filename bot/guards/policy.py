"""The policy of the place: `signalbox.yml` enters, a checked Policy leaves; a broken file keeps the last good one."""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.errors import Misconfigured
from bot.guards.yaml_file import read_mapping

MAX_BYTES = 1_000_000


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Grant(_Part):
    """What a role may do: runbooks and environments by glob, in channels by glob."""

    runbooks: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    channels: tuple[str, ...] = ("*",)
    approve: bool = False
    promote: bool = False


class Role(_Part):
    """Members as `terminal:NAME`, `slack:USER`, `slack-group:GROUP`, `rule:NAME`, with `*` for all of a kind."""

    members: tuple[str, ...] = ()
    may: tuple[Grant, ...] = ()


_SHARE = re.compile(r"(100|[1-9]?[0-9])%", re.ASCII)


def _hosts_or_percent(value: Any) -> Any:
    if isinstance(value, str) and _SHARE.fullmatch(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise ValueError("a number of hosts such as 5, or a share such as 20%")


class EnvironmentPolicy(_Part):
    """What holds in one environment; `max_hosts` is a number, or a share of its hosts such as `20%`."""

    protected: bool | None = None
    approvals: int = Field(default=0, ge=0)
    max_hosts: Annotated[int | str, BeforeValidator(_hosts_or_percent)] | None = None
    channels: tuple[str, ...] = ()


class Limits(_Part):
    """Bounds of the place: how many runs may wait."""

    queue: int = Field(default=200, ge=1)


class _Slack(_Part):
    teams: tuple[str, ...] = ()
    guests: bool = False
    bots: bool = False


class Policy(_Part):
    """All of `signalbox.yml`; `written` is False for the policy that holds without the file."""

    slack: _Slack = _Slack()
    roles: dict[str, Role] = Field(default_factory=dict)
    environments: dict[str, EnvironmentPolicy] = Field(default_factory=dict)
    alerts: dict[str, Any] = Field(default_factory=dict)
    limits: Limits = Limits()
    written: bool = Field(default=True, exclude=True)

    def environment(self, name: str) -> EnvironmentPolicy:
        """What holds in an environment, by its name."""
        return self.environments.get(name) or EnvironmentPolicy()

    def protected(self, name: str) -> bool:
        """Whether an environment is protected: as the file says, else when its name begins with `prod`."""
        said = self.environment(name).protected
        return name.lower().startswith("prod") if said is None else said


class PolicyFile:
    """`signalbox.yml`, read again whenever it changes; one that was read and is gone leaves its policy in force.

    `named`: somebody said where it is (`SIGNALBOX_CONFIG`), so it must be there.
    """

    def __init__(self, path: Path, *, named: bool = False) -> None:
        self._path = path
        self._named = named
        self._seen: tuple[int, ...] | None = None
        self._good: Policy | None = None
        self.problem = ""

    def policy(self) -> Policy:
        """The policy that holds now; Misconfigured when the file can't be used and there was no good one before."""
        stamp = self._stamp()
        if stamp is None and self._good is None and not self._named:
            self._seen, self.problem = None, ""
            return Policy(written=False)
        if stamp is None:
            self.problem = f"{self._path.name} is gone."
        elif stamp != self._seen:
            self._seen = stamp
            self._read()
        if self._good is None:
            raise Misconfigured(self.problem, "Until it is mended, nothing may run.")
        return self._good

    def _stamp(self) -> tuple[int, ...] | None:
        """What changes when the file does; None without a file, empty when it can't be looked at."""
        try:
            stat = self._path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return ()
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _read(self) -> None:
        try:
            with self._path.open("rb") as file:
                self._good = _parse(file.read(MAX_BYTES + 1))
            self.problem = ""
        except (OSError, ValueError) as error:
            self.problem = f"{self._path.name} cannot be used: {_sentence(error)}"


def _parse(text: bytes) -> Policy:
    if len(text) > MAX_BYTES:
        raise ValueError("it is larger than 1 MB.")
    content = read_mapping(text)
    if "written" in content:  # a field of ours, not a key of the file
        raise ValueError("written: Extra inputs are not permitted.")
    return Policy.model_validate(content)


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        problems = error.errors(include_url=False, include_input=False)
        return "; ".join(f"{'.'.join(str(part)[:60] for part in p['loc'])}: {p['msg']}" for p in problems[:5]) + "."
    if isinstance(error, OSError):
        return f"{error.strerror}."
    return str(error)
