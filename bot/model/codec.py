"""Values of the model to JSON text and back; what an older version wrote is still understood.

A dataclass becomes an object of its fields with `"v": 1` beside them; fields that are absent take their defaults and
unknown ones are passed over, so that a newer and an older process can share one Redis and one database.
"""

import json
import math
import types
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
VERSION = 1

_ESCAPED = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}
"""Line ends that JSON allows inside a text, and that some readers of lines do not."""


def encode(value: Any) -> str:
    """The dataclass `value` as one line of JSON."""
    return json.dumps({"v": VERSION, **_plain(value)}, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPED)


def decode(cls: type[T], text: str | bytes) -> T:
    """A `cls` from what `encode` wrote; ValueError when the text is no such value."""
    try:
        made: T = _reader(cast("Hashable", cls))(json.loads(text))
    except (KeyError, TypeError, AttributeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"not a {cls.__name__}: {error}") from error
    return made


def to_plain(value: Any) -> Any:
    """`value` as dicts, lists and scalars that JSON knows."""
    return _plain(value)


def from_plain(cls: type[T], plain: Any) -> T:
    """The reverse of `to_plain`."""
    made: T = _reader(cast("Hashable", cls))(plain)
    return made


def learn(cls: type) -> None:
    """Find out now how values of the type are read: the first `from_plain` would wait milliseconds for it."""
    _reader(cast("Hashable", cls))


def _plain(value: Any) -> Any:  # noqa: PLR0911 (one line a type)
    if type(value) is str:
        return _readable(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no word for it
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return _readable(value)
    if is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in _names(cast("Hashable", type(value)))}
    if isinstance(value, Mapping):
        return {_plain(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not travel")


def _readable(text: str) -> str:
    """Plain text; lone surrogates would make it unreadable for others."""
    plain = type(text) is str and text.isascii()
    return text if plain else text.encode("utf-8", "replace").decode()


@cache
def _names(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


@cache
def _reader(hint: Any) -> Callable[[Any], Any]:
    """A function that makes a value of type `hint` from plain JSON."""
    if is_dataclass(hint) and isinstance(hint, type):
        return _dataclass_reader(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _optional_reader(arguments)
    if origin is tuple:
        return _tuple_reader(_reader(arguments[0]))
    if origin is Mapping:
        return _mapping
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    return _SCALARS.get(hint, lambda plain: plain)


def _mapping(plain: Any) -> Any:
    if not isinstance(plain, Mapping):
        raise TypeError("names with values were expected")
    return plain


def _text(plain: Any) -> str:
    if type(plain) is not str:
        raise TypeError("a text was expected")
    return plain


def _truth(plain: Any) -> bool:
    if type(plain) is not bool:
        raise TypeError("true or false was expected")
    return plain


def _whole(plain: Any) -> int:
    if type(plain) is not int:
        raise TypeError("a whole number was expected")
    return plain


def _number(plain: Any) -> Any:
    if type(plain) not in (float, int) or not math.isfinite(plain):
        raise TypeError("a number was expected")
    return plain


_SCALARS: dict[Any, Callable[[Any], Any]] = {
    str: _text,
    bool: _truth,
    int: _whole,
    float: _number,
    datetime: datetime.fromisoformat,
}


def _tuple_reader(item: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(plain: Any) -> Any:
        if not isinstance(plain, list | tuple):
            raise TypeError("a list was expected")
        return tuple(item(one) for one in plain)

    return read


def _optional_reader(arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    inner = [_reader(argument) for argument in arguments if argument is not type(None)]
    only = inner[0] if len(inner) == 1 else (lambda plain: plain)
    return lambda plain: None if plain is None else only(plain)


def _dataclass_reader(cls: type) -> Callable[[Any], Any]:
    hints = get_type_hints(cls)
    readers = {field.name: _reader(hints[field.name]) for field in fields(cls)}
    required = {f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING}

    def read(plain: Any) -> Any:
        missing = required - plain.keys()
        if missing:
            raise ValueError(f"{cls.__name__} without {', '.join(sorted(missing))}")
        return cls(**{name: reader(plain[name]) for name, reader in readers.items() if name in plain})

    return read
