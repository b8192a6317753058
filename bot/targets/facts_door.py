"""The door to Ansible's fact cache, whatever plugin `fact_caching` names: hosts and names of facts in, values out."""

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.errors import ProjectBroken
from bot.model.secrecy import mask
from bot.targets.text import shown

_FILES = frozenset({"jsonfile", "memory"})
_CLOCK = "ansible_date_time.epoch"


def cache_plugin() -> str:
    """The plugin's short name; `memory` keeps nothing."""
    from ansible import constants

    return str(constants.CACHE_PLUGIN).removeprefix("ansible.builtin.").removeprefix("ansible.legacy.")


def quick() -> bool:
    """Whether it is one that only reads files of this machine."""
    return cache_plugin() in _FILES


def read_facts(hosts: Sequence[str], paths: Sequence[str]) -> dict[str, Any]:
    """`plugin`, and in `hosts` for each host that has facts: `age` in seconds (None: nobody knows), `values`, `names`.

    `values` has those of `paths` that there are; `names` is empty, or all names, when one was not there.
    """
    from ansible.errors import AnsibleError

    from bot.targets.ansible_door import inside

    plugin = cache_plugin()
    if plugin == "memory":
        return {"plugin": plugin, "hosts": {}}
    with inside():
        try:
            cache = _opened()
            found = {host: _of_host(cache, host, paths) for host in hosts if cache.contains(host)}
        except (AnsibleError, OSError, TypeError, AttributeError) as error:
            what = f"The fact cache ({plugin}) cannot be read: {shown(mask(str(error)), 200)}."
            raise ProjectBroken(what, "Mend `fact_caching` in ansible.cfg.") from None
    return {"plugin": plugin, "hosts": {host: kept for host, kept in found.items() if kept}}


def _opened() -> Any:
    """The plugin, told to forget nothing: how old is too old is decided here."""
    from ansible import constants
    from ansible.errors import AnsibleError
    from ansible.plugins.loader import cache_loader

    cache = cache_loader.get(constants.CACHE_PLUGIN)
    if cache is None:
        raise AnsibleError("there is no such plugin")
    cache._timeout = 0  # noqa: SLF001 (there is no other way)
    return cache


def _of_host(cache: Any, host: str, paths: Sequence[str]) -> dict[str, Any] | None:
    from ansible.errors import AnsibleError

    try:
        facts = cache.get(host)
    except (KeyError, AnsibleError):  # gone meanwhile, or damaged, which is the same to us
        return None
    if not isinstance(facts, Mapping):
        return None
    values = {path: value for path in paths if (value := _at(facts, path)) is not None}
    names = [] if len(values) == len(set(paths)) else [str(name) for name in facts]
    return {"age": _age(cache, host, facts), "values": values, "names": names}


def _at(facts: Mapping[str, Any], path: str) -> Any:
    """A fact by its name, with or without `ansible_`, and what is inside of it after dots; None if it is not there."""
    for written in (path, f"ansible_{path}"):
        value: Any = facts
        for part in written.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            return _plain(value)
    return None


def _plain(value: Any) -> Any:
    """Scalars and lists of them; what else there is cannot be compared, and counts as text."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool | int | float | str) else str(value)


def _age(cache: Any, host: str, facts: Mapping[str, Any]) -> float | None:
    """By the file's time; else by the host's own clock, if that is among its facts."""
    now = time.time()
    for path in _files(cache, host):
        if path.exists():
            return max(0.0, now - path.stat().st_mtime)
    clock = _at(facts, _CLOCK)
    return max(0.0, now - float(clock)) if str(clock or "").isdigit() else None


def _files(cache: Any, host: str) -> Iterable[Path]:
    named = getattr(cache, "_get_cache_file_name", None)
    key = getattr(cache, "_get_key", str)
    return [] if named is None else [Path(named(key(host)))]
