"""Whatever is about to leave the worker enters; the same without secret values and without what looks secret leaves."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.engine.text import clean
from bot.engine.variants import all_forms
from bot.model.secrecy import HIDDEN, looks_secret, mask

MAX_DEPTH = 30
"""Nesting of a result that is followed; what is deeper is replaced as a whole."""


class Redactor:
    """Knows the secrets of one run.

    `values` are the secrets: each is hidden wherever it shows up, in all its written forms (variants.py); one shorter
    than three characters only where it stands as a word of its own. `names` are keys whose value is hidden whatever
    it is, besides those that look secret.
    """

    def __init__(self, values: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        anywhere, words = all_forms(list(values))
        self._forms = sorted(anywhere, key=lambda form: (-len(form), form))
        self._words = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(words)))})(?!\w)") if words else None
        self._names = frozenset(names)

    def text(self, text: str) -> str:
        """`text`, cleaned and without secrets. Give whole texts: what is cut before may hold half a secret."""
        if not text:
            return text
        text = self._hide_values(clean(text))
        if self._words is not None:
            text = self._words.sub(HIDDEN, text)
        return mask(text)

    def structure(self, value: Any, depth: int = 0) -> Any:
        """A copy of `value` (from JSON) in which what stands under a secret name is hidden."""
        if isinstance(value, Mapping):
            if depth > MAX_DEPTH:
                return HIDDEN
            return {key: self._entry(str(key), item, depth) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return HIDDEN if depth > MAX_DEPTH else [self.structure(item, depth + 1) for item in value]
        return value

    def _entry(self, key: str, item: Any, depth: int) -> Any:
        hides = key in self._names or looks_secret(key)
        if hides and item not in (None, "", [], {}) and not isinstance(item, bool):
            return HIDDEN
        return self.structure(item, depth + 1)

    def _hide_values(self, text: str) -> str:
        """All forms at once, overlapping ones together, so that no end of one is left over."""
        spans = sorted(span for form in self._forms if form in text for span in _spans(form, text))
        if not spans:
            return text
        parts, done = [], 0
        for start, end in _merged(spans):
            parts += [text[done:start], HIDDEN]
            done = end
        return "".join([*parts, text[done:]])


def _spans(form: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(form)
    while start >= 0:
        yield start, start + len(form)
        start = text.find(form, start + 1)


def _merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    start, end = spans[0]
    for next_start, next_end in spans[1:]:
        if next_start > end:
            yield start, end
            start, end = next_start, next_end
        end = max(end, next_end)
    yield start, end
