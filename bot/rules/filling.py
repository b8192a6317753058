"""Actions as written enter, with what matched; actions whose every text is data leave, and the hosts that they name.

A limit that an author wrote is a pattern. What an event names is never one: each name must be that of a host, letter
by letter, so that `*`, an empty text or a name that nobody knows runs nowhere.
"""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any

from bot.errors import BadTarget
from bot.model.rule import Action, RunPlaybook, RunRunbook, SuggestRunbook
from bot.rules.closures import Scope
from bot.rules.flaws import shown
from bot.rules.operators import UNDEFINED, at
from bot.rules.templates import Unfilled, fill, has_template

MOST_HOSTS = 10_000
_META_HOSTS = ("meta", "hosts")


def fill_action(action: Action, scope: Scope, ruleset_hosts: str) -> Action:
    """The action for one match; Unfilled when it names what is not there.

    Without a limit of its own it is for the hosts in the event's `meta.hosts`, else for those of its ruleset.
    """
    named = [field.name for field in fields(action) if field.name not in ("limit", "hosts")]
    filled = replace(action, **{name: _filled(action, name, scope) for name in named})
    if not isinstance(filled, RunRunbook | SuggestRunbook | RunPlaybook):
        return filled
    if has_template(filled.limit):
        return replace(filled, limit="", hosts=names_in(fill(filled.limit, scope)))
    if filled.limit:
        return filled
    meta = at(scope.get("event", UNDEFINED), _META_HOSTS)
    if meta is not UNDEFINED:
        return replace(filled, hosts=names_in(meta.split(",") if isinstance(meta, str) else meta))
    return replace(filled, limit=ruleset_hosts)


def names_in(value: Any) -> tuple[str, ...]:
    """The hosts that a value names, each once: a text is one name, a list several. Nobody has looked for them yet."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise Unfilled("The hosts are neither a name nor a list of names.")
    if len(names) > MOST_HOSTS:
        raise Unfilled(f"There are more than {MOST_HOSTS:,} hosts.")
    return tuple(dict.fromkeys(name.strip() for name in names))


def known_hosts(hosts: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    """The same hosts, when there are some and each is one of `known`; BadTarget otherwise."""
    there = frozenset(known)
    if not hosts:
        raise BadTarget("The event names no host.", "Nothing was started.")
    wrong = next((host for host in hosts if host not in there), None)
    if wrong is not None:
        what = f"The event names {shown(wrong)!r}, which is no host of the environment."
        raise BadTarget(what, "Nothing was started; only whole names of hosts are taken from events.")
    return tuple(hosts)


def _filled(action: Action, name: str, scope: Scope) -> Any:
    value = getattr(action, name)
    made = fill(value, scope)
    if isinstance(value, str) and not isinstance(made, str):
        if isinstance(made, Mapping | list) or made is None:
            raise Unfilled(f"{name} would not be a text.")
        return str(made).lower() if isinstance(made, bool) else str(made)
    if isinstance(value, tuple):
        if not all(isinstance(item, str) for item in made):
            raise Unfilled(f"{name} would hold what is no text.")
        return tuple(made)
    return made
