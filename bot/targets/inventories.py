"""The environments of a project: names and limits in, Targets out; inventories are kept and read again on change."""

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import BadTarget, ProjectBroken, UnknownName
from bot.model.run import Target
from bot.targets import ansible_door, facts_door
from bot.targets.apart import facts_apart, load_apart, variables_apart
from bot.targets.environment import Environment, Explained, Variable
from bot.targets.membership import ways
from bot.targets.places import State, find_sources, is_dynamic, state_of
from bot.targets.resolver import Resolver
from bot.targets.snapshot import Snapshot
from bot.targets.states import Known
from bot.targets.text import did_you_mean, shown

_KEEP_FACTS = (
    "Write `fact_caching = jsonfile` and `fact_caching_connection = <a folder>` into ansible.cfg, then gather them."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """One reading of an inventory: what it gave, of which files, when (monotonic seconds)."""

    source: Path
    state: State
    dynamic: bool
    at: float
    snapshot: Snapshot | None = None
    resolver: Resolver | None = None
    broken: tuple[str, str] = ("", "")


class Inventories:
    """Environments of the project at `project`: directories `inventories/<name>/` or files `<name>.yml` and `.ini`.

    What only depends on files is kept until one of them changes. Inventories with scripts or plugins are also read
    again after `cache_seconds`, and in a process of their own that ends after `load_seconds`. May be shared between
    threads. `project` must not depend on the current directory's later changes; it is made absolute here.
    """

    def __init__(self, project: Path, *, cache_seconds: float = 30, load_seconds: float = 30) -> None:
        self._project = project.resolve()
        self._cache_seconds = cache_seconds
        self._load_seconds = load_seconds
        self._kept: dict[str, _Kept] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def names(self) -> tuple[str, ...]:
        """The environments there are; none of them is read for this."""
        return tuple(find_sources(self._project))

    def folder(self, environment: str) -> Path:
        """Where an environment's `group_vars` and `host_vars` are, also when there is none of that name yet."""
        inventories = self._project / "inventories"
        source = find_sources(self._project).get(environment, inventories / environment)
        return inventories if source.is_file() else source

    def resolve(self, environment: str, limit: str | None, *, fresh: bool = False) -> Target:
        """The hosts that `limit` (None: all) means in `environment`, in inventory order.

        `fresh` asks scripts and plugins anew, however lately that was done.

        Raises UnknownName (no such environment), ProjectBroken (it cannot be read), BadTarget (the limit is refused
        or matches nothing).
        """
        kept = self._fetch(environment, fresh=fresh)
        resolver, snapshot = _usable(kept)
        written = "all" if limit is None else limit
        hosts = resolver.all() if written.strip() == "all" else resolver.resolve(written)
        if not hosts:
            remedy = snapshot.note or "Write some into its inventory."
            raise BadTarget(f"The environment {environment} has no hosts.", remedy)
        resolver.check_literal(hosts)
        return Target(
            environment=environment, limit=written.strip(), hosts=hosts, fingerprint=_fingerprint(snapshot, hosts)
        )

    def describe(self, environment: str) -> Environment:
        """The environment at a glance; one that cannot be read has a `problem`. UnknownName when there is none."""
        try:
            kept = self._fetch(environment)
            resolver, snapshot = _usable(kept)
        except ProjectBroken as error:
            return Environment(name=environment, problem=str(error))
        return Environment(
            name=environment,
            host_count=len(snapshot.hosts),
            groups=resolver.groups(),
            age_seconds=max(0.0, time.monotonic() - kept.at),
            note=snapshot.note,
            dynamic=kept.dynamic,
        )

    def count_from_files(self, environment: str) -> int | None:
        """How many hosts its files hold; None where a program or a plugin would have to say, or they are broken."""
        source = find_sources(self._project).get(environment)
        if source is None or is_dynamic(state_of(source, self._project)):
            return None
        found = self.describe(environment)
        return None if found.problem else found.host_count

    def groups_of(self, environment: str, hosts: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """For each of `hosts` its groups by name, `all` and `ungrouped` left out; errors as for `resolve`."""
        resolver, _ = _usable(self._fetch(environment))
        return {host: resolver.groups_of(host) for host in hosts}

    def explain(self, environment: str, hosts: Sequence[str]) -> tuple[Explained, ...]:
        """Why each of `hosts` is in its groups, and its variables with their origins; errors as for `resolve`."""
        kept = self._fetch(environment, fresh=True)
        _, snapshot = _usable(kept)
        if self._elsewhere(dynamic=kept.dynamic):
            found = variables_apart(kept.source, self._project, self._load_seconds, hosts)
        else:
            found = ansible_door.variables(kept.source, self._project, hosts)
        return tuple(
            Explained(
                host=host,
                groups=ways(snapshot, host),
                variables=tuple(
                    Variable(name=name, value=value, origin=origin, over=tuple(over))
                    for name, value, origin, over in found.get(host, ())
                ),
            )
            for host in hosts
        )

    def facts(self, environment: str, hosts: Sequence[str], paths: Sequence[str]) -> Mapping[str, Known]:
        """What Ansible's fact cache has of `hosts`, as it is now; those it knows nothing of are not there.

        ProjectBroken when no facts are kept at all, or the cache cannot be read.
        """
        source = self._fetch(environment).source
        if self._same_configuration() and facts_door.quick():
            found = facts_door.read_facts(hosts, paths)
        else:
            found = facts_apart(source, self._project, self._load_seconds, hosts, paths)
        if found["plugin"] == "memory":
            raise ProjectBroken("No facts of hosts are kept here.", _KEEP_FACTS)
        return {
            host: Known(values=kept["values"], age_seconds=kept["age"], names=tuple(kept["names"]))
            for host, kept in found["hosts"].items()
        }

    def known_names(self, environment: str) -> tuple[str, ...]:
        """Hosts and groups for completion, at once: from the last reading, however old; none when never read.

        An environment that was not read yet, or has changed, is read in the background for the next question.
        """
        kept = self._kept.get(environment)
        source = find_sources(self._project).get(environment)
        underway = self._lock(environment).locked()
        if source is not None and not underway and (kept is None or not self._current(kept, source)):
            threading.Thread(target=self._read_quietly, args=(environment,), daemon=True).start()
        return () if kept is None or kept.resolver is None else kept.resolver.names

    def renew(self, environment: str) -> None:
        """Ask its scripts and plugins anew; raises UnknownName and ProjectBroken as `resolve` does."""
        self._fetch(environment, fresh=True)

    def _read_quietly(self, environment: str) -> None:
        try:
            self._fetch(environment)
        except (UnknownName, ProjectBroken):
            return

    def _fetch(self, environment: str, *, fresh: bool = False) -> _Kept:
        """The environment as it is now, read when needed."""
        source = find_sources(self._project).get(environment)
        if source is None:
            known = self.names()
            remedy = did_you_mean(environment, known) or f"There are: {', '.join(known) or 'none'}."
            raise UnknownName(f"There is no environment {shown(environment)}.", remedy)
        with self._lock(environment):
            kept = self._kept.get(environment)
            if kept is None or (fresh and kept.dynamic) or not self._current(kept, source):
                kept = self._kept[environment] = self._read(source)
            return kept

    def _lock(self, environment: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(environment, threading.Lock())

    def _current(self, kept: _Kept, source: Path) -> bool:
        empty = kept.snapshot is not None and not kept.snapshot.hosts
        if kept.dynamic and (empty or time.monotonic() - kept.at > self._cache_seconds):
            return False  # where nothing was up, it may be by now
        return kept.source == source and kept.state == state_of(source, self._project)

    def _read(self, source: Path) -> _Kept:
        """Read an inventory: here when only files are read, in a process of its own when anything else may happen."""
        state = state_of(source, self._project)
        dynamic = is_dynamic(state)
        try:
            if self._elsewhere(dynamic=dynamic):
                snapshot = load_apart(source, self._project, self._load_seconds)
            else:
                snapshot = ansible_door.load(source, self._project)
            resolver = Resolver(snapshot)
        except ProjectBroken as error:
            return _Kept(
                source=source, state=state, dynamic=True, at=time.monotonic(), broken=(error.what, error.remedy)
            )
        return _Kept(
            source=source, state=state, dynamic=dynamic, at=time.monotonic(), snapshot=snapshot, resolver=resolver
        )

    def _elsewhere(self, *, dynamic: bool) -> bool:
        """Whether an inventory has to be read in a process of its own."""
        return dynamic or not self._same_configuration() or ansible_door.vault_scripts(self._project)

    def _same_configuration(self) -> bool:
        """Whether this process's Ansible has the configuration that runs of this project have."""
        named = os.environ.get("ANSIBLE_CONFIG")
        places = (self._project / "ansible.cfg", Path("~/.ansible.cfg").expanduser(), Path("/etc/ansible/ansible.cfg"))
        wanted = named or next((str(place) for place in places if place.is_file()), None)
        return ansible_door.config_file() == (None if wanted is None else os.path.realpath(wanted))


def _usable(kept: _Kept) -> tuple[Resolver, Snapshot]:
    if kept.resolver is None or kept.snapshot is None:
        raise ProjectBroken(*kept.broken)
    return kept.resolver, kept.snapshot


def _fingerprint(snapshot: Snapshot, hosts: tuple[str, ...]) -> str:
    """SHA-256 over the hosts and how each is reached, whatever their order."""
    text = json.dumps(sorted((host, *snapshot.hosts[host]) for host in hosts))
    return hashlib.sha256(text.encode()).hexdigest()
