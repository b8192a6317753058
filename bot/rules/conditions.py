"""The condition and the throttle of a rule: values as written enter; what they mean, or what is wrong, leaves."""

import re
from collections.abc import Iterator
from typing import Any

from bot.model.rule import Condition, Kind, Throttle, ThrottleKind
from bot.rules import nodes, shape
from bot.rules.flaws import AMBIGUOUS, DIFFERENT, SLOW, Flaw, Place, shown
from bot.rules.grammar import Wrong
from bot.rules.parsing import Parsed, parse, parse_path

_WIDE = re.compile(r"(?:(?<!\\)\.|\\[wWsSdD]|\])(?:[*+]|\{\d+,\})")
"""A repetition of what fits nearly anything."""
_INNER = re.compile(r"\((?:[^()\\]|\\.)*[*+](?:[^()\\]|\\.)*\)(?:[*+]|\{\d+,)")
"""A repetition inside a repetition: on some texts it takes time without end."""
MOST_WIDE = 2
_ONE_SPAN = "Write one of once_within, once_after, accumulate_within."


def read_condition(written: Any, place: Place) -> tuple[Condition | None, list[Flaw]]:
    """The condition at `place`, or None and every flaw; with flaws that do not keep it out beside it."""
    if isinstance(written, dict):
        return _several(written, place)
    text, flaws = _text(written, place)
    if text is None:
        return None, flaws
    parsed, flaws = _parsed(text, place)
    if parsed is None:
        return None, flaws
    if parsed.name:
        remedy = "Take it out; the match is called event."
        flaws.append(Flaw(place=place, what="A single condition has no name.", remedy=remedy, rule=DIFFERENT))
    flaws += _reach([parsed], [place], kind=Kind.ONE)
    broken = any(flaw.rule == "rulebook-invalid" for flaw in flaws)
    return None if broken else Condition(kind=Kind.ONE, tests=(text,)), flaws


def _several(written: Any, place: Place) -> tuple[Condition | None, list[Flaw]]:
    given, flaws = shape.check(shape.ManyFile, written, place)
    if given is None:
        return None, flaws
    kinds = [kind for kind in (Kind.ALL, Kind.ANY, Kind.NOT_ALL) if getattr(given, kind.value) is not None]
    if len(kinds) != 1:
        remedy = "Write all: with a list of conditions."
        return None, [Flaw(place=place, what="A condition has one of all, any, not_all.", remedy=remedy)]
    kind = kinds[0]
    if (kind is Kind.NOT_ALL and given.timeout is None) or (kind is Kind.ANY and given.timeout is not None):
        what = "not_all needs a timeout." if kind is Kind.NOT_ALL else "any has no timeout."
        remedy = "Write timeout: 10 seconds beside it." if kind is Kind.NOT_ALL else "Take it out."
        return None, [Flaw(place=place, what=what, remedy=remedy)]
    return _tests(getattr(given, kind.value), kind, given.timeout, (*place, kind.value))


def _tests(written: list[Any], kind: Kind, timeout: float | None, place: Place) -> tuple[Condition | None, list[Flaw]]:
    texts, all_parsed, places, flaws = [], [], [], []
    for number, each in enumerate(written):
        here = (*place, number)
        text, wrong = _text(each, here)
        parsed, more = (None, wrong) if text is None else _parsed(text, here)
        flaws += more
        if text is not None and parsed is not None:
            texts.append(text)
            all_parsed.append(parsed)
            places.append(here)
    flaws += _reach(all_parsed, places, kind=kind)
    if any(flaw.rule == "rulebook-invalid" for flaw in flaws):
        return None, flaws
    return Condition(kind=kind, tests=tuple(texts), timeout=timeout), flaws


def _text(written: Any, place: Place) -> tuple[str | None, list[Flaw]]:
    if isinstance(written, bool):
        return str(written).lower(), []
    if isinstance(written, str) and written.strip():
        return " ".join(str(written).split("\n")).strip(), []
    what, remedy = "A condition must be text.", 'Write event.status == "down".'
    return None, [Flaw(place=place, what=what, remedy=remedy)]


def _parsed(text: str, place: Place) -> tuple[Parsed | None, list[Flaw]]:
    try:
        parsed = parse(text)
    except Wrong as wrong:
        what = f"The condition {shown(text, 80)} cannot be used: {wrong.what}"
        return None, [Flaw(place=place, what=what, remedy=wrong.remedy)]
    flaws = list(_slow(parsed, place))
    if parsed.ambiguous:
        what = (
            f"In {shown(text, 80)} an `and` comes after an `or`: here it binds first, in ansible-rulebook it does not."
        )
        flaws.append(Flaw(place=place, what=what, remedy="Put brackets around what belongs together.", rule=AMBIGUOUS))
    return parsed, flaws


def _slow(parsed: Parsed, place: Place) -> Iterator[Flaw]:
    for node in nodes.below(parsed.test):
        pattern = node.pattern if isinstance(node, nodes.Search) else ""
        if isinstance(node, nodes.Select) and isinstance(node.wanted, nodes.Literal):
            pattern = node.wanted.value if node.operator in ("match", "search", "regex") else ""
        if not isinstance(pattern, str):
            continue
        if _INNER.search(pattern):
            what = f"The pattern {shown(pattern)} repeats a repetition: some texts take it time without end."
            yield Flaw(place=place, what=what, remedy="Leave the inner or the outer repetition out.", rule=SLOW)
        elif len(_WIDE.findall(pattern)) > MOST_WIDE:
            what = f"The pattern {shown(pattern)} has many wide repetitions: long texts take it long."
            yield Flaw(place=place, what=what, remedy="Name what may stand there, or test several times.", rule=SLOW)


def _reach(tests: list[Parsed], places: list[Place], *, kind: Kind) -> Iterator[Flaw]:
    """What a test looks at has to be there when its turn comes; of a single one `events` is the event itself."""
    known: set[str] = set()
    for number, (parsed, place) in enumerate(zip(tests, places, strict=True)):
        plural = {"events": "event", "facts": "fact"} if kind is Kind.ONE else {}
        if {"event", "fact"} <= {plural.get(root, root) for root in parsed.roots}:
            remedy = "Give the fact a name in a test of its own (facts.first << fact.x is defined), in all:."
            yield Flaw(place=place, what="Event and fact cannot be compared in one test.", remedy=remedy)
        if kind is Kind.NOT_ALL and "fact" in parsed.roots:
            yield Flaw(place=place, what="not_all looks at events only.", remedy="Use all: for facts.")
        for path in nodes.paths(parsed.test) if kind is not Kind.ONE else ():
            if path.root in ("events", "facts") and (kind is Kind.ANY or not path.keys or path.keys[0] not in known):
                name = shown(".".join(map(str, (path.root, *path.keys[:1]))))
                remedy = "Give an earlier test of the same all: that name, such as events.first << event.i == 1."
                yield Flaw(place=place, what=f"{name} names no earlier test.", remedy=remedy)
        known |= names_of(parsed.name, number)


def names_of(name: str, number: int) -> set[str]:
    """What the match of the test with that number, from 0, may be called."""
    return {name or f"m_{number}", *(["m"] if not name and not number else [])}


def read_throttle(written: Any, condition: Condition | None, place: Place) -> tuple[Throttle | None, list[Flaw]]:
    """The throttle at `place`; None also when there is none."""
    if written is None:
        return None, []
    given, flaws = shape.check(shape.ThrottleFile, written, place)
    if given is None:
        return None, flaws
    spans = [(kind, seconds) for kind in ThrottleKind if (seconds := getattr(given, kind.value)) is not None]
    if len(spans) != 1:
        return None, [Flaw(place=place, what="A throttle has exactly one span.", remedy=_ONE_SPAN)]
    kind, seconds = spans[0]
    if (kind is ThrottleKind.ACCUMULATE_WITHIN) is (given.threshold is None):
        what = "accumulate_within needs a threshold, the others have none."
        flaws.append(Flaw(place=(*place, "threshold"), what=what, remedy="Write threshold: 5 beside it."))
    if condition is not None and condition.kind is not Kind.ONE:
        remedy = "Take the throttle out, or write one condition with `or`."
        flaws.append(Flaw(place=place, what="Only a single condition can be throttled.", remedy=remedy))
    for number, attribute in enumerate(given.group_by_attributes):
        flaws += _group_flaws(attribute, (*place, "group_by_attributes", number))
    if flaws:
        return None, flaws
    groups = tuple(given.group_by_attributes)
    return Throttle(kind=kind, seconds=seconds, group_by=groups, threshold=given.threshold or 1), []


def _group_flaws(attribute: str, place: Place) -> Iterator[Flaw]:
    try:
        path = parse_path(attribute)
    except Wrong as wrong:
        yield Flaw(place=place, what=f"{shown(attribute)} is no path: {wrong.what}", remedy=wrong.remedy)
        return
    if path.root != "event":
        yield Flaw(place=place, what="Groups are made by what events say.", remedy="Begin the path with event.")
