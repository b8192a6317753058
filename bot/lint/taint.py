"""How values travel: names that chat may fill, and files, enter; every variable that may hold such a value leaves."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.lined import Lined, LinedList, scalars
from bot.lint.sheet import Source

_WORD = re.compile(r"[A-Za-z_]\w*")
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_HOLDERS = ("vars", "set_fact", "ansible.builtin.set_fact")
_FILES = re.compile(r"(?:^|/)(?:defaults|vars)/[^/]+\.ya?ml$")


def mentions(text: str, names: frozenset[str]) -> list[str]:
    """Which of `names` stand in the templates of `text`."""
    found = (word for template in _TEMPLATE.findall(text) for word in _WORD.findall(template))
    return [word for word in found if word in names]


def tainted_by(sources: Iterable[Source], names: Iterable[str]) -> frozenset[str]:
    """`names`, and every variable whose value is made of one of them."""
    made = [(key, text) for source in sources for key, text in _variables(source)]
    tainted = frozenset(names)
    while new := {key for key, text in made if key not in tainted and mentions(text, tainted)}:
        tainted |= new
    return tainted


def _variables(source: Source) -> Iterator[tuple[str, str]]:
    """Each variable that the file sets to a template, with the text."""
    holders = [source.tree] if _FILES.search(source.path) else _held(source.tree)
    for holder in holders:
        for name, value in holder.items() if isinstance(holder, Lined) else ():
            yield from ((name, text) for _, _, text in scalars(value) if "{" in text)


def _held(tree: Any) -> Iterator[Any]:
    if isinstance(tree, LinedList):
        for item in tree:
            yield from _held(item)
    elif isinstance(tree, Lined):
        for key, value in tree.items():
            if key in _HOLDERS:
                yield value
            yield from _held(value)
