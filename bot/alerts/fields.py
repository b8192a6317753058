"""Single fields of a payload: any value at all enters, a bounded text, mapping, time or severity leaves; never raises.

Text loses control characters and what is over its length; it is not made safe for any use, only small and printable.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from bot.model.alert import Severity

NAME = 200
LINE = 500
TEXT = 4_000
URL = 2_000
MOST_LABELS = 100

_SEVERITIES = {
    Severity.CRITICAL: ("critical", "crit", "emergency", "fatal", "disaster", "page", "p1", "sev1", "1", "high"),
    Severity.ERROR: ("error", "err", "major", "p2", "sev2", "2"),
    Severity.WARNING: ("warning", "warn", "minor", "p3", "sev3", "3", "average", "low"),
    Severity.INFO: ("info", "information", "informational", "notice", "none", "p4", "p5", "sev4", "sev5", "4", "5"),
}
_BY_WORD = {word: severity for severity, words in _SEVERITIES.items() for word in words}
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,12}))?\s*(Z|z|[+-]\d\d:?\d\d)?", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = 32_503_680_000
"""The year 3000: what is more counts milliseconds, microseconds or nanoseconds."""


def text(value: Any, longest: int = LINE) -> str:
    """A text, a number or true and false as one line; anything else is empty."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        return ""
    clean = "".join(each if each.isprintable() else " " for each in str(value)[: longest + 1])
    return clean[:longest].strip()


def texts(value: Any) -> dict[str, str]:
    """An object as names and texts: 100 at most; what has parts is written as JSON."""
    if not isinstance(value, Mapping):
        return {}
    found = ((text(name, NAME), _flat(each)) for name, each in list(value.items())[:MOST_LABELS])
    return {name: each for name, each in found if name}


def first(labels: Mapping[str, str], names: Iterable[str]) -> str:
    """The first of the labels that says something."""
    return next((labels[name] for name in names if labels.get(name)), "")


def host(written: str) -> str:
    """A host without its port and without a URL's scheme and path; empty when nothing is left."""
    bare = written.partition("://")[2] or written
    bare = bare.partition("/")[0]
    if bare.startswith("["):
        return bare[1:].partition("]")[0]
    return bare.partition(":")[0] if bare.count(":") == 1 else bare


def severity(value: Any) -> Severity:
    """Our word for the sender's."""
    return _BY_WORD.get(text(value, NAME).lower(), Severity.UNKNOWN)


def moment(value: Any) -> datetime | None:
    """An aware time of RFC 3339, or of a number since 1970 in seconds or finer; None for anything else.

    `0001-01-01T00:00:00Z`, which senders written in Go say for "not yet", is None too.
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _since_1970(value)
        return _written(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def digest(*parts: Any) -> str:
    """A short name for values that have none."""
    plain = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def _flat(value: Any) -> str:
    if isinstance(value, dict | list):
        return text(json.dumps(value, ensure_ascii=False), TEXT)
    return text(value, TEXT)


def _since_1970(number: float) -> datetime | None:
    if number <= 0:
        return None
    scale = 1
    while number / scale > _LAST_SECOND:
        scale *= 1000
    whole, rest = divmod(number, scale)
    return _EPOCH + timedelta(seconds=whole, microseconds=rest * 1_000_000 // scale)


def _written(value: str) -> datetime | None:
    found = _MOMENT.fullmatch(value[:60].strip())
    if found is None or found[1] == "0001":
        return None
    fraction = int((found[7] or "0").ljust(6, "0")[:6])
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    return datetime(year, month, day, hour, minute, second, fraction, tzinfo=_zone(found[8])).astimezone(UTC)


def _zone(written: str | None) -> timezone:
    if written is None or written in "Zz":
        return UTC
    minutes = int(written[1:3]) * 60 + int(written[-2:])
    return timezone(timedelta(minutes=-minutes if written[0] == "-" else minutes))
