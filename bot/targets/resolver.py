"""Patterns against one snapshot: limits in; host names, in inventory order, or BadTarget out.

Ansible's own InventoryManager matches, filled from the snapshot, in the way `--limit` does: what we show is what
`ansible-playbook` would do.
"""

import re
from typing import Any

from bot.errors import BadTarget
from bot.targets.ansible_door import inside
from bot.targets.patterns import body_of, check_parts, check_text, try_expressions
from bot.targets.snapshot import Snapshot
from bot.targets.text import did_you_mean, shown

_GLOB = re.compile(r"[*?\[]|^~")
"""Patterns that may well match nothing."""

_LITERAL = re.compile(r"[^!&~@\s,*?\[\]][^\s,*?\[\]]*")
"""Host names that mean themselves alone as well as in a list."""


class Resolver:
    """Answers questions about the hosts of one snapshot; may be shared between threads."""

    def __init__(self, snapshot: Snapshot) -> None:
        with inside():
            self._manager = _filled(snapshot)
            self._order = [str(host.name) for host in self._manager.get_hosts("all")]
        self._hosts = frozenset(self._order)
        self.names = (*self._order, *(name for name in snapshot.groups if name not in snapshot.hosts))

    def all(self) -> tuple[str, ...]:
        """Every host."""
        return tuple(self._order)

    def groups(self) -> tuple[tuple[str, int], ...]:
        """Every group but `all`, and `ungrouped` only with hosts, with the number of its hosts."""
        with inside():
            counts = [(str(name), len(group.get_hosts())) for name, group in self._manager.groups.items()]
        return tuple(sorted((n, count) for n, count in counts if n != "all" and (count or n != "ungrouped")))

    def groups_of(self, host: str) -> tuple[str, ...]:
        """The groups that `host` is in, by itself or by a child group; none for a host that is not there."""
        with inside():
            found = self._manager.hosts.get(host)
            names = [] if found is None else [str(group.name) for group in found.get_groups()]
        return tuple(sorted(name for name in names if name not in ("all", "ungrouped")))

    def resolve(self, limit: str) -> tuple[str, ...]:
        """The hosts that `limit` matches, at least one; BadTarget with near names otherwise."""
        if (plain := self._plain(limit)) is not None:
            return plain
        check_text(limit)
        parts = self._split(limit)
        check_parts(limit, parts)
        try_expressions(parts, self.names)
        for part in parts:
            self._check_part(part, of_many=len(parts) > 1)
        hosts = self._match(limit)
        if not hosts:
            raise BadTarget(f"No host is left of {shown(limit)}.", f"There are {len(self._order)} hosts: `hosts all`.")
        return hosts

    def _plain(self, limit: str) -> tuple[str, ...] | None:
        """A list of hosts that are all there, however long: no pattern is in it."""
        wanted = set(limit.split(","))
        if not wanted <= self._hosts:
            return None
        return tuple(host for host in self._order if host in wanted)

    def check_literal(self, hosts: tuple[str, ...]) -> None:
        """BadTarget when the list of `hosts`, written out as a limit, would mean other hosts."""
        wrong = next((host for host in hosts if not _LITERAL.fullmatch(host) or not host.isprintable()), None)
        if wrong is None:
            if self._match(",".join(hosts)) == hosts:
                return
            wrong = next((host for host in hosts if self._match(host) != (host,)), hosts[0])
        what = f"The host name {shown(wrong)} reads as a pattern, so that a run could touch other hosts."
        raise BadTarget(what, "Rename it in the inventory.")

    def _check_part(self, part: str, *, of_many: bool) -> None:
        """Each part has to match by itself: a typo in a list must not go unseen, least of all behind a `!`.

        An exclusion may leave out a group without hosts, or a glob that matches none.
        """
        body = body_of(part)
        if self._match(body + ",") or body == "all":  # the comma: one pattern, split no more
            return
        known = body in self._manager.groups
        if part.startswith("!") and (known or _GLOB.search(body)):
            return
        if known:
            raise BadTarget(f"The group {shown(body)} has no hosts.", "`hosts all` lists those there are.")
        remedy = did_you_mean(body.partition("[")[0], self.names) or "`hosts all` lists those there are."
        if ":" in body and not body.startswith("~"):
            remedy = "Separate patterns by commas only, or by colons only."
        where = " (a part of the limit)" if of_many else ""
        raise BadTarget(f"{shown(body)}{where} matches no host.", remedy)

    @staticmethod
    def _split(limit: str) -> list[str]:
        from ansible.inventory.manager import split_host_pattern

        with inside():
            return [str(part) for part in split_host_pattern(limit)]

    def _match(self, limit: str) -> tuple[str, ...]:
        """What `--limit` would leave of all hosts; a localhost that is not in the inventory is never among them."""
        from ansible.errors import AnsibleError

        with inside():
            try:
                self._manager.subset(limit)
                return tuple(str(host.name) for host in self._manager.get_hosts("all"))
            except (AnsibleError, IndexError, RecursionError):
                return ()
            finally:
                self._manager.subset(None)
                self._manager.clear_caches()


def _filled(snapshot: Snapshot) -> Any:
    """An InventoryManager with the groups and hosts of `snapshot`, in their order."""
    from ansible.inventory.manager import InventoryManager
    from ansible.parsing.dataloader import DataLoader

    manager = InventoryManager(loader=DataLoader(), sources=None, parse=False)
    for name in snapshot.groups:
        manager.add_group(name)
    for name in snapshot.hosts:
        manager.add_host(name)
    for name, (children, hosts) in snapshot.groups.items():
        for child in children:
            manager.groups[name].add_child_group(manager.groups[child])
        for host in hosts:
            manager.groups[name].add_host(manager.hosts[host])
    manager.reconcile_inventory()
    return manager
