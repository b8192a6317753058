"""A ruleset's memory in parts: what an edit has changed of it enters, what has to be written leaves; and the reverse.

Each fact, each window, each event that waits, each match and each id is a part of its own under a name of its own, so
that what an event costs does not grow with what is remembered. Parts are frozen values: one that is the same object is
unchanged. New ones come at the end of their like, changed ones stay at their place; a part's number tells its place.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.model import codec
from bot.rules.state import Kept, Match, RulesetState, RuleState, Window

Place = tuple[str, str, str]
"""Where parts of one sort lie: their kind, and the rule with its sense for those that belong to one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A memory, the number of each of its parts by name, and the number of the next one."""

    state: RulesetState = field(default_factory=RulesetState)
    numbers: Mapping[str, int] = field(default_factory=dict)
    following: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Texts to be written by the names of their parts, names of parts that are gone, and the memory after both."""

    written: Mapping[Any, str]
    gone: tuple[str, ...]
    after: Remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    """A fact as it is kept."""

    data: Mapping[str, Any]


def changes(before: Remembered, state: RulesetState) -> Changes:
    """What makes `before` the memory `state`."""
    numbers, following = dict(before.numbers), before.following
    written: dict[Any, str] = {}
    gone: set[str] = set()
    was, now = _sorts(before.state), _sorts(state)
    for place in {**was, **now}:
        old, new = was.get(place, ()), now.get(place, ())
        if old is new:
            continue
        left, came = _moved(old, new)
        gone.update(_name(place, part) for part in left)
        for part, at_end in came:
            name = _name(place, part)
            if at_end or name not in numbers:
                numbers[name], following = following, following + 1
            written[name] = f"{numbers[name]} {_text(part)}"
    gone -= written.keys()
    for name in gone:
        numbers.pop(name, None)
    after = Remembered(state=state, numbers=numbers, following=following)
    return Changes(written=written, gone=tuple(gone), after=after)


def remembered(parts: Mapping[str, str]) -> Remembered:
    """The memory of what was written; a part that cannot be read is none."""
    found = sorted(_readable(parts), key=lambda each: each[0])
    lists: dict[Place, list[Any]] = {}
    for _, place, part, _ in found:
        lists.setdefault(place, []).append(part)
    of = {place: tuple(found) for place, found in lists.items()}
    rules = dict.fromkeys((rule, sense) for _, rule, sense in of if rule)
    state = RulesetState(
        facts=tuple(fact.data for fact in of.get(("fact", "", ""), ())),
        rules=tuple(_rule(rule, sense, of) for rule, sense in rules),
        seen=of.get(("seen", "", ""), ()),
        open=of.get(("open", "", ""), ()),
    )
    numbers = {name: number for number, _, _, name in found}
    return Remembered(state=state, numbers=numbers, following=found[-1][0] + 1 if found else 0)


def _rule(rule: str, sense: str, of: Mapping[Place, tuple[Any, ...]]) -> RuleState:
    kept, windows = of.get(("kept", rule, sense), ()), of.get(("window", rule, sense), ())
    return replace(RuleState(rule=rule, sense=sense), kept=kept, windows=windows)


def _sorts(state: RulesetState) -> dict[Place, tuple[Any, ...]]:
    found: dict[Place, tuple[Any, ...]] = {
        ("fact", "", ""): state.facts,
        ("seen", "", ""): state.seen,
        ("open", "", ""): state.open,
    }
    for rule in state.rules:
        found["kept", rule.rule, rule.sense] = rule.kept
        found["window", rule.rule, rule.sense] = rule.windows
    return found


def _moved(old: tuple[Any, ...], new: tuple[Any, ...]) -> tuple[Iterable[Any], Iterable[tuple[Any, bool]]]:
    """What is no longer there, and what was not there, each with whether none comes after it that was."""
    for first in (0, 1):  # mostly some came at the end, and the oldest one went: tuples are compared quickly
        kept = len(old) - first
        if 0 <= kept <= len(new) and old[first:] == new[:kept]:
            return old[:first], ((part, True) for part in new[kept:])
    known, stays = dict(zip(map(id, old), old, strict=True)), dict(zip(map(id, new), new, strict=True))
    wanted = stays.keys() - known.keys()
    end = len(new)
    while end and id(new[end - 1]) in wanted:
        end -= 1
    came = ((part, place >= end) for place, part in enumerate(new) if id(part) in wanted)
    return (known[each] for each in known.keys() - stays.keys()), came


def _name(place: Place, part: Any) -> str:
    match part:
        case Kept(id=own) | Match(id=own) | Window(group=own):
            pass
        case str():
            own = part
        case _:
            own = hashlib.sha256(codec.encode(_Fact(data=part)).encode()).hexdigest()
    return json.dumps([*place, own], separators=(",", ":"))


def _text(part: Any) -> str:
    if isinstance(part, str):
        return ""  # its name says it
    return codec.encode(_Fact(data=part) if isinstance(part, Mapping) else part)


_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "fact": lambda _, text: codec.decode(_Fact, text),
    "kept": lambda _, text: codec.decode(Kept, text),
    "open": lambda _, text: codec.decode(Match, text),
    "seen": lambda own, _: own,
    "window": lambda _, text: codec.decode(Window, text),
}


def _readable(parts: Mapping[str, str]) -> Iterator[tuple[int, Place, Any, str]]:
    """The number of each part, its place, itself, and its name."""
    for name, value in parts.items():
        number, _, text = value.partition(" ")
        try:
            kind, rule, sense, own = json.loads(name)
            yield int(number), (kind, rule, sense), _READERS[kind](own, text), name
        except (ValueError, KeyError, TypeError):
            continue
