"""A runbook as its file says it: what may be asked for, with which parameters, under which safety policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.model.safety import Safety


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A declared, typed input; `spec` is Ansible's own argument-spec entry for it, unchanged."""

    name: str
    type: str = "str"
    required: bool = False
    default: Any = None
    choices: tuple[Any, ...] = ()
    description: str = ""
    no_log: bool = False
    spec: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """A pattern (Python regular expression, multi-line) looked for in the output of every host."""

    pattern: str
    allow_failure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """A named procedure: `playbook` (path relative to the project), or one `module` call with `module_args`."""

    id: str
    summary: str
    path: str
    description: str = ""
    playbook: str | None = None
    module: str | None = None
    module_args: Mapping[str, Any] = field(default_factory=dict)
    become: bool = False
    say: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    default_environment: str | None = None
    default_limit: str | None = None
    expect: tuple[Expectation, ...] = ()
    safety: Safety = field(default_factory=Safety)

    def parameter(self, name: str) -> Parameter | None:
        """The declared parameter of that name."""
        return next((p for p in self.parameters if p.name == name), None)

    @property
    def secrets(self) -> frozenset[str]:
        """Names of the parameters declared `no_log`."""
        return frozenset(p.name for p in self.parameters if p.no_log)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogProblem:
    """Why a runbook file was left out: file relative to the project, line from 1, what is wrong, what is right."""

    file: str
    line: int
    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What Ansible takes up from the project unnamed: SHA-256 of each kind, empty where there is nothing of it."""

    settings: str = ""
    plugins: str = ""
    variables: str = ""
    collections: str = ""


_KINDS = {
    "settings": "another ansible.cfg",
    "plugins": "other plugins or modules",
    "variables": "other group_vars or host_vars",
    "collections": "other collections",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What exactly is to run: Git commit (None outside Git), dirty or not, SHA-256 over all that it names.

    `around` is None where nobody looked: in plans of older versions, and where no environment is meant.
    """

    commit: str | None
    dirty: bool
    content_hash: str
    around: Surroundings | None = None

    def unlike(self, other: "Revision") -> tuple[str, ...]:
        """What surrounds them in another way, in words; nothing where either does not know."""
        one, two = self.around, other.around
        if one is None or two is None:
            return ()
        return tuple(words for kind, words in _KINDS.items() if getattr(one, kind) != getattr(two, kind))
