"""The arguments of sources as written enter; what they take from variables leaves, with what is wrong by its place."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from bot.rules import templates
from bot.rules.flaws import UNKNOWN, Flaw, Place, did_you_mean, shown
from bot.rules.grammar import Wrong

REMEDY = "Write it below vars in signalbox.yml: {}: a value, or {{env: THE_VARIABLE}}."


def argument_flaws(written: Any, place: Place) -> Iterator[Flaw]:
    """Templates that cannot be read, or that name what is not there before anything has happened."""
    for where, text in _texts(written, place):
        try:
            paths = templates.paths(text)
        except Wrong as wrong:
            yield Flaw(place=where, what=f"A template cannot be used: {wrong.what}", remedy=wrong.remedy)
            continue
        for path, _ in paths:
            if path.root != "vars" or not path.keys:
                what = f"A source knows no {shown(path.root)}: nothing has happened yet."
                yield Flaw(place=where, what=what, remedy="Name a variable: {{ port }}.")


def unknown_variables(written: Any, place: Place, known: Collection[str]) -> Iterator[Flaw]:
    """Variables that nobody has given a value, where there is no default either."""
    for where, text in _texts(written, place):
        for path, optional in templates.paths(text):
            name = str(path.keys[0])
            if not optional and name not in known:
                near = did_you_mean(name, known) if known else ""
                remedy = near if near.startswith("Did") else REMEDY.format(shown(name))
                yield Flaw(place=where, what=f"There is no variable {shown(name)}.", remedy=remedy, rule=UNKNOWN)


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Every text in it that has a template, with its place."""
    if isinstance(value, str):
        if templates.has_template(value):
            yield place, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _texts(each, (*place, str(key)))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _texts(each, (*place, number))
