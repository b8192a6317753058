"""Small rules of what Slack takes: each takes a value of any kind and a Loss, and hands back what fits, or None.

Texts that are only read are cut; names and values are not, because a cut one would mean something else: what they
belong to is left out and counted.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from bot.chat.slack import mrkdwn, parts
from bot.chat.slack.sizes import units
from bot.chat.text import clean

Loss = Counter[str]
"""What was left out, by its word: blocks, elements, rows ..."""
Fitter = Callable[[Any, Loss], Any]


def string(most: int) -> Fitter:
    """A name or value as it is, when it is 1 to `most` units long."""

    def fit(value: Any, _loss: Loss) -> Any:
        return value if isinstance(value, str) and 0 < units(value) <= most and _sound(value) else None

    return fit


def _sound(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def text(most: int, *kinds: str) -> Fitter:
    """A text object of one of these types, cut to `most` units."""

    def fit(value: Any, _loss: Loss) -> Any:
        if not isinstance(value, Mapping) or value.get("type") not in kinds:
            return None
        said = value.get("text")
        if not isinstance(said, str) or not clean(said).strip():
            return None
        if value["type"] == "mrkdwn":
            return {"type": "mrkdwn", "text": mrkdwn.cut(clean(said), most), "verbatim": True}
        make = parts.lines if most >= LONG else parts.plain
        return {**make(said, most), "emoji": value.get("emoji") is True}

    return fit


LONG = 200
"""Texts that may be at least this long keep their lines, and have room for what was cut."""


def plain(most: int) -> Fitter:
    """A text object without markup."""
    return text(most, "plain_text")


def whether(value: Any, _loss: Loss) -> Any:
    """True or false."""
    return value if isinstance(value, bool) else None


def number(least: int, most: int) -> Fitter:
    """A whole number between these."""

    def fit(value: Any, _loss: Loss) -> Any:
        return value if type(value) is int and least <= value <= most else None

    return fit


def one_of(*words: str) -> Fitter:
    """One of these words."""
    return lambda value, _loss: value if isinstance(value, str) and value in words else None


def many(each: Fitter, most: int, what: str) -> Fitter:
    """The first `most` items that fit; None when there is none. What is left out is counted as `what`."""

    def fit(value: Any, loss: Loss) -> Any:
        items = value if isinstance(value, list | tuple) else ()
        fitting = [made for item in items if (made := each(item, loss)) is not None]
        loss[what] += len(items) - min(len(fitting), most)
        return fitting[:most] or None

    return fit


def shape(
    kind: str, required: Mapping[str, Fitter], optional: Mapping[str, Fitter], *rules: Callable[[Any], Any]
) -> Fitter:
    """An object of type `kind` (none, if empty) with the properties that fit; None when a required one does not.

    `rules` look at what has been made and hand it back, mended, or None.
    """

    def fit(value: Any, loss: Loss) -> Any:
        if not isinstance(value, Mapping):
            return None
        made: Any = {"type": kind} if kind else {}
        for name, fitter in (*required.items(), *optional.items()):
            item = fitter(value[name], loss) if value.get(name) is not None else None
            if item is not None:
                made[name] = item
            elif name in required:
                return None
        for rule in rules:
            made = rule(made) if made is not None else None
        return made

    return fit


def typed(fitters: Mapping[str, Fitter], *names: str) -> Fitter:
    """An object of one of the types `names` (all, when none is named), fitted as its type wants it."""

    def fit(value: Any, loss: Loss) -> Any:
        kind = value.get("type") if isinstance(value, Mapping) else None
        if not isinstance(kind, str) or kind not in (names or fitters):
            return None
        return fitters[kind](value, loss)

    return fit
