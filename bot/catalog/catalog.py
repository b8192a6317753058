"""The catalog: an Ansible project in; its runbooks, the problems of its runbook files and their revisions out."""

import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bot.catalog import values
from bot.catalog.around import surroundings
from bot.catalog.built_in import BUILT_IN
from bot.catalog.built_in import revision as built_in_revision
from bot.catalog.checks import PhraseProblem
from bot.catalog.files import State, read_text, state
from bot.catalog.flaws import Unreadable
from bot.catalog.reach import reached
from bot.catalog.read import Reading, Rules, read_runbook
from bot.catalog.revision import git_state, revision_of
from bot.catalog.shared import Shared
from bot.catalog.sources import roles_path
from bot.errors import ProjectBroken, UnknownName
from bot.model.runbook import CatalogProblem, Revision, Runbook, Surroundings

_ENDINGS = (".runbook.yml", ".runbook.yaml")


def _any_phrase(_phrase: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """One reading with the states of its files when it was made."""

    reading: Reading
    states: tuple[State, ...]


class Catalog:
    """The runbooks of the project at `project`; every question looks first whether a file has changed.

    `phrase_problem` says in one sentence why a `say` form cannot be one, or None. `reserved` are parameter names that
    are refused besides those that Ansible reserves. May be shared between threads.
    """

    def __init__(
        self, project: Path, *, phrase_problem: PhraseProblem = _any_phrase, reserved: frozenset[str] = frozenset()
    ) -> None:
        self._rules = Rules(project=project.resolve(), phrase_problem=phrase_problem, reserved=reserved)
        self._known: dict[str, _Known] = {}
        self._runbooks: dict[str, Runbook] = {}
        self._problems: tuple[CatalogProblem, ...] = ()
        self._lock = threading.Lock()
        self._git = Shared(partial(git_state, self._rules.project))

    def runbooks(self) -> tuple[Runbook, ...]:
        """All usable runbooks, by id."""
        with self._lock:
            self._look()
            return tuple(self._runbooks[name] for name in sorted(self._runbooks))

    def get(self, name: str) -> Runbook:
        """The runbook with the id `name`; UnknownName when there is none, or when its file has a problem."""
        if name in BUILT_IN:
            return BUILT_IN[name]
        with self._lock:
            self._look()
            if name in self._runbooks:
                return self._runbooks[name]
            broken = [known.reading.file for known in self._known.values() if name and known.reading.id == name]
        if broken:
            raise UnknownName(f"The runbook {name} is left out: {broken[0]} has a problem.", self._first(broken[0]))
        raise UnknownName("There is no such runbook.", "`runbooks` lists them.")

    def problems(self) -> tuple[CatalogProblem, ...]:
        """What keeps runbook files out, by file and line."""
        with self._lock:
            self._look()
            return self._problems

    def text(self, runbook: Runbook) -> str:
        """The runbook's file as it is now, empty for one without; ProjectBroken when it cannot be read."""
        if runbook.id in BUILT_IN:
            return ""
        try:
            return read_text(self._rules.project / runbook.path)
        except Unreadable as error:
            raise ProjectBroken(f"{runbook.path} cannot be read: {error.what}", error.remedy) from None

    def playbook_text(self, runbook: Runbook) -> str:
        """The playbook as it is now, empty for a runbook without one; ProjectBroken when it cannot be read."""
        if runbook.playbook is None:
            return ""
        try:
            return read_text(self._rules.project / runbook.playbook)
        except Unreadable as error:
            raise ProjectBroken(f"{runbook.playbook} cannot be read: {error.what}", error.remedy) from None

    def validate(self, runbook: Runbook, given: Mapping[str, str | list[str]]) -> dict[str, Any]:
        """The values of the runbook's parameters as plain JSON types; BadParameters with every problem at once."""
        return values.validate(runbook, given)

    def missing_secrets(self, runbook: Runbook, given: Mapping[str, str | list[str]]) -> tuple[str, ...]:
        """Names of the secrets without default that `given` leaves out."""
        return values.missing_secrets(runbook, given)

    def revision(self, runbook: Runbook, inventory: Path | None = None) -> Revision:
        """The project's Git state, and a hash over the runbook's file, its playbook, its argument specs, now.

        Roles, includes and templates that the playbook names are in the hash too. With the folder of an `inventory`
        it also tells what surrounds the runbook there.
        Raises ProjectBroken when one of its own files cannot be read any more.
        """
        if runbook.id in BUILT_IN:
            return built_in_revision(runbook)
        with self._lock:
            self._look()
            known = self._known.get(runbook.path)
        project = self._rules.project
        names = [runbook.path] + ([runbook.playbook] if runbook.playbook else [])
        files = [(name, project / name) for name in names]
        if known is not None and known.reading.specs is not None:
            files.append((self._rules.relative(known.reading.specs), known.reading.specs))
        around = None if inventory is None else self._around(runbook, inventory)
        if not runbook.playbook:
            return revision_of(self._git, files, around=around)
        places = (project / "roles", *roles_path(project))
        own = {path for _, path in files}
        led_to = reached(project, project / runbook.playbook, places)
        return revision_of(self._git, files, [(name, path) for name, path in led_to if path not in own], around)

    def _around(self, runbook: Runbook, inventory: Path) -> Surroundings:
        """Where there is no playbook, the engine makes one as if it were in `playbooks/`."""
        project = self._rules.project
        playbook = project / (runbook.playbook or "playbooks/-")
        return surroundings(project, playbook.parent, inventory)

    def role_paths(self) -> tuple[Path, ...]:
        """Where roles are besides `roles/`, as the project's ansible.cfg says."""
        return roles_path(self._rules.project)

    def _first(self, file: str) -> str:
        found = next((problem for problem in self._problems if problem.file == file), None)
        return f"Line {found.line}: {found.what} {found.remedy}".strip() if found else "`runbooks` says which."

    def _look(self) -> None:
        """Read again what has changed since the last look."""
        known = {file: self._current(file) for file in _runbook_files(self._rules.project)}
        if known != self._known or not known:
            self._known = known
            self._runbooks, self._problems = _settle([one.reading for one in known.values()], self._rules.project)

    def _current(self, file: str) -> _Known:
        known = self._known.get(file)
        if known is not None and tuple(state(one) for one in known.reading.files) == known.states:
            return known
        path = self._rules.project / file
        before = state(path)
        reading = read_runbook(path, self._rules)
        # The file's own state from before the reading: a write in between then counts as a change.
        states = tuple(before if one == path else state(one) for one in reading.files)
        return _Known(reading=reading, states=states)


def _runbook_files(project: Path) -> Iterator[str]:
    """Everything named as a runbook file under `playbooks/`, seen from the project; linked directories are left out."""
    for folder, folders, files in os.walk(project / "playbooks"):
        place = os.path.relpath(folder, project)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted([*files, *folders]):
            if name.endswith(_ENDINGS) and not name.startswith("."):
                yield f"{place}/{name}"


def _settle(readings: list[Reading], project: Path) -> tuple[dict[str, Runbook], tuple[CatalogProblem, ...]]:
    """The runbooks by id, without those whose id is in two files, and all problems."""
    problems = [problem for reading in readings for problem in reading.problems]
    by_id: dict[str, list[Reading]] = {}
    for reading in readings:
        if reading.runbook is not None:
            by_id.setdefault(reading.id, []).append(reading)
    runbooks: dict[str, Runbook] = {}
    for name, found in by_id.items():
        if len(found) > 1:
            problems += [_twice(name, one, found) for one in found]
        else:
            runbooks |= {one.id: one.runbook for one in found if one.runbook is not None}
    if not readings and not (project / "playbooks").is_dir():
        remedy = "Make it, and put playbooks with their runbook files into it."
        what = "The project has no directory playbooks."
        problems.append(CatalogProblem(file="playbooks", line=1, what=what, remedy=remedy))
    return runbooks, tuple(sorted(problems, key=lambda problem: (problem.file, problem.line)))


def _twice(name: str, reading: Reading, found: list[Reading]) -> CatalogProblem:
    others = ", ".join(one.file for one in found if one is not reading)
    what = f"The id {name} is also in {others}."
    return CatalogProblem(file=reading.file, line=reading.id_line, what=what, remedy="Give each runbook its own id.")
