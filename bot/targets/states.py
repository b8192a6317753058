"""Conditions and what is known of each host enter; which hosts are meant, and which cannot be judged, leaves."""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import BadTarget, UnknownName
from bot.model.state import Condition
from bot.targets.text import did_you_mean, shown

_VERSION = re.compile(r"v?(\d{1,9}(?:\.\d{1,9}){0,7})")
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_MEGABYTES = {"": 1.0, "k": 1 / 1024, "m": 1.0, "g": 1024.0, "t": 1024.0 * 1024}
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the cache has of one host: values by the facts' paths, seconds since they were gathered (None: unknown)."""

    values: Mapping[str, Any]
    age_seconds: float | None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The hosts on which all conditions hold; hosts without any facts; hosts that lack one that was asked for."""

    hosts: tuple[str, ...]
    unknown: tuple[str, ...]
    lacking: tuple[str, ...]


def choose(conditions: tuple[Condition, ...], hosts: Iterable[str], known: Mapping[str, Known]) -> Chosen:
    """Judge each host; BadTarget for a comparison that cannot be, UnknownName for a fact that no host has."""
    hosts = tuple(hosts)
    for condition in conditions:
        _check(condition, known)
    unknown = tuple(host for host in hosts if host not in known)
    paths = {condition.path for condition in conditions}
    lacking = tuple(host for host in hosts if host in known and paths - known[host].values.keys())
    judged = [host for host in hosts if host in known and host not in lacking]
    meant = tuple(host for host in judged if all(_holds(each, known[host].values[each.path]) for each in conditions))
    return Chosen(hosts=meant, unknown=unknown, lacking=lacking)


def _check(condition: Condition, known: Mapping[str, Known]) -> None:
    if condition.operator not in {"=", "!="} and _number(condition, condition.value) is None:
        what = f"{condition.operator} compares numbers and versions, and {shown(condition.value)} is neither."
        raise BadTarget(what, "Use = or != for words, such as os=debian.")
    if known and not any(condition.path in each.values for each in known.values()):
        names = sorted({name for each in known.values() for name in each.names})
        near = did_you_mean(condition.path, names) or did_you_mean(f"ansible_{condition.path}", names)
        what = f"No host has a fact {shown(condition.fact)}."
        raise UnknownName(what, near or "Gather it anew, or write its own name, such as ansible_kernel.")


def _holds(condition: Condition, fact: Any) -> bool:
    """Whether one fact is as it should be; of a list one item that is so is enough, and none for `!=`."""
    if isinstance(fact, list):
        same = any(_compare(condition, item, "=") for item in fact)
        return same if condition.operator == "=" else not same if condition.operator == "!=" else False
    return _compare(condition, fact, condition.operator)


def _compare(condition: Condition, fact: Any, sign: str) -> bool:
    """Versions are compared as far as they are written: 12 is every 12.x, and 12.5 is not above 12."""
    wanted, found = _number(condition, condition.value), _number(condition, fact)
    if wanted is not None and found is not None:
        return _ORDER[sign](found[: len(wanted)], wanted)
    same = _folded(fact) == _folded(condition.value)
    return same if sign == "=" else not same if sign == "!=" else False


def _number(condition: Condition, value: Any) -> tuple[float, ...] | None:
    """A number or a version as a tuple; memory in megabytes; None for words."""
    if isinstance(value, bool):
        return None
    if condition.path.endswith("_mb"):
        size = _SIZE.fullmatch(str(value).strip())
        return (float(size[1]) * _MEGABYTES[size[2].lower()],) if size else None
    text = str(value).strip()
    written = _VERSION.fullmatch(text) if value is condition.value else _VERSION.match(text)
    return tuple(float(part) for part in written[1].split(".")) if written else None


def _folded(value: Any) -> str:
    return "".join(str(value).casefold().split())
