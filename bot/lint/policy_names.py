"""Names in `signalbox.yml` that stand for nothing: its text and what there is enter, flaws leave."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from bot.lined import Lined, LinedList, NoYaml, read
from bot.lint.finding import Flaw, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyText:
    """The policy's file as it is written."""

    path: str
    tree: Any

    @classmethod
    def of(cls, path: Path, name: str) -> "PolicyText | None":
        """The file at `path`, called `name` in findings; None when it is not there or is no YAML."""
        try:
            return cls(path=name, tree=read(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, NoYaml):
            return None

    def names(self, key: str) -> Iterator[tuple[int, str]]:
        """Line and text of every name that stands in a list under `key`, wherever that is."""
        yield from _listed(self.tree, key)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that it declares."""
        return tuple(_mapping(self.tree, "roles"))

    @property
    def environments(self) -> Lined:
        """What it says of environments, by name."""
        return _mapping(self.tree, "environments")

    def line_of_schedule(self, name: str) -> int:
        """Where a schedule stands."""
        return _mapping(self.tree, "schedules").line_of(name)

    @property
    def grants(self) -> Iterator[Lined]:
        """The grants of all roles."""
        for role in _mapping(self.tree, "roles").values():
            may = role.get("may") if isinstance(role, Lined) else None
            yield from (grant for grant in may or () if isinstance(grant, Lined))

    def unmatched(self, key: str, there: Collection[str], kind: str) -> Iterator[Flaw]:
        """A flaw for each pattern under `key` that none of `there` fits."""
        for line, pattern in self.names(key):
            if not any(fnmatchcase(name, pattern) for name in there):
                yield self.flaw(line, f"{shown(pattern)} matches no {kind}.", there)

    def flaw(self, line: int, what: str, there: Collection[str]) -> Flaw:
        """A flaw of the policy."""
        known = shown(", ".join(sorted(there)), 200) or "none"
        return Flaw(file=self.path, line=line, what=what, remedy=f"Mend the name, or take it out. There are: {known}.")


def _mapping(tree: Any, key: str) -> Lined:
    found = tree.get(key) if isinstance(tree, Lined) else None
    return found if isinstance(found, Lined) else Lined(1)


def _listed(tree: Any, key: str) -> Iterator[tuple[int, str]]:
    if isinstance(tree, LinedList):
        for item in tree:
            yield from _listed(item, key)
    elif isinstance(tree, Lined):
        for name, value in tree.items():
            if name == key and isinstance(value, LinedList):
                yield from ((line, str(item)) for item, line in zip(value, value.lines, strict=True))
            else:
                yield from _listed(value, key)
