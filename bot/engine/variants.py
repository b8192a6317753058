"""Secret values enter; every form in which they may show up in output leaves, so that each can be looked for."""

import base64
import html
import json
import shlex
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from bot.engine.text import clean

MIN_ANYWHERE = 3
"""A value shorter than this is looked for as a whole word only: hiding every `a` would hide the output."""

MIN_ENCODED = 6
"""From this length on the inside of a larger base64 text is looked for too; below, it would match by chance."""

MIN_LINE = 8
"""Lines of a secret of several lines (keys, certificates) from this length on are secrets themselves."""


def forms(value: str) -> set[str]:
    """Every form of one secret value: as it is, and as JSON, URLs, shells, Python, YAML, HTML and base64 write it."""
    plain = {value, value.strip(), clean(value), clean(value).strip()}
    plain |= {line.strip() for line in value.splitlines() if len(line.strip()) >= MIN_LINE}
    found = {written for one in plain if one for written in _written(one)}
    if len(value) >= MIN_ENCODED:
        found |= set(_inside_base64(value))
    return {one for one in found if one}


def all_forms(values: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """(forms to look for anywhere, short ones to look for as whole words)."""
    short = {value.strip() for value in values if 0 < len(value.strip()) < MIN_ANYWHERE}
    long = {form for value in values if len(value.strip()) >= MIN_ANYWHERE for form in forms(value)}
    return frozenset(form for form in long if len(form) >= MIN_ANYWHERE), frozenset(short)


def _written(value: str) -> Iterator[str]:
    data = value.encode("utf-8", "replace")
    as_json = json.dumps(value)[1:-1]
    yield value
    yield from (as_json, json.dumps(value, ensure_ascii=False)[1:-1], json.dumps(as_json)[1:-1])
    yield from (repr(value)[1:-1], value.replace("'", "''"), shlex.quote(value).strip("'"), html.escape(value))
    for quoted in (quote(data, safe=""), quote(data), quote_plus(data)):
        yield quoted
        yield _lower_percent(quoted)
    yield base64.b64encode(data).decode().rstrip("=")
    yield base64.urlsafe_b64encode(data).decode().rstrip("=")
    yield base64.b64encode(data + b"\n").decode().rstrip("=")  # echo secret | base64


def _lower_percent(quoted: str) -> str:
    head, *rest = quoted.split("%")
    return head + "".join("%" + part[:2].lower() + part[2:] for part in rest)


def _inside_base64(value: str) -> Iterator[str]:
    """The value in the midst of a larger base64 text (`user:password` of basic authentication): three alignments."""
    data = value.encode("utf-8", "replace")
    for offset in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * offset + data).decode().rstrip("=")
            start = (0, 2, 3)[offset]  # characters that hold bits of what stands before
            end = len(text) - (1 if (offset + len(data)) % 3 else 0)  # the last one holds bits of what follows
            yield text[start:end]
