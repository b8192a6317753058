"""YAML as Ansible's users write it, with lines: text in; mappings and lists that know where their parts stand out.

Unlike the catalog's reader it takes Ansible's tags and merge keys: a playbook is not ours to be strict about. Depth
and the number of values after following aliases are bounded all the same.
"""

from collections.abc import Iterator
from typing import Any

import yaml

MAX_DEPTH = 60
MAX_VALUES = 100_000

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML built without libyaml: the same, slower
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

_PLAIN = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null"))
_MERGE = "tag:yaml.org,2002:merge"


class Lined(dict[str, Any]):
    """A mapping; `line` is where it begins, `line_of` where a key stands, `repeated` has the keys written twice."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}
        self.repeated: set[str] = set()

    def line_of(self, key: str) -> int:
        """The key's line, else that of the mapping."""
        return self.lines.get(key, self.line)


class LinedList(list[Any]):
    """A list; `lines` has the line of each item."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


class Tagged(str):
    """A scalar under a tag of Ansible's, such as !vault: its text is no plain value."""

    __slots__ = ()


class NoYaml(Exception):
    """The text can't be read; the error's text says why in a few words."""


def read(text: str) -> Any:
    """The document in `text`, None when it is empty; NoYaml when it is none."""
    loader = _Loader(text)
    try:
        _check_depth(text)
        root = loader.get_single_node()
        return None if root is None else _Reader(loader).value(root, 1)
    except yaml.YAMLError as error:
        raise NoYaml(str(getattr(error, "problem", None) or "it cannot be parsed")) from None
    finally:
        loader.dispose()


def scalars(value: Any) -> Iterator[tuple[int, str, str]]:
    """Line, key and text of every text below `value`; items of a list have the key of the list."""
    yield from _scalars(value, "", 1)


def has_tag(value: Any) -> bool:
    """Whether there is a scalar under a tag of Ansible's anywhere below `value`."""
    if isinstance(value, dict):
        return any(map(has_tag, value.values()))
    return any(map(has_tag, value)) if isinstance(value, list) else isinstance(value, Tagged)


def _scalars(value: Any, key: str, line: int) -> Iterator[tuple[int, str, str]]:
    if isinstance(value, Lined):
        for name, item in value.items():
            yield from _scalars(item, name, value.line_of(name))
    elif isinstance(value, LinedList):
        for item, at in zip(value, value.lines, strict=True):
            yield from _scalars(item, key, at)
    elif isinstance(value, str):
        yield line, key, value


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the composer, which recurses in C."""
    if text.count("[") + text.count("{") < MAX_DEPTH and max(map(_indent, text.splitlines()), default=0) < MAX_DEPTH:
        return
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise NoYaml("it is nested too deeply")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" -?"))


class _Reader:
    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._count = 0

    def value(self, node: yaml.Node, depth: int) -> Any:
        self._count += 1
        if depth > MAX_DEPTH or self._count > MAX_VALUES:
            raise NoYaml("its aliases make it too large")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            made = LinedList(_line(node))
            for item in node.value:
                made.append(self.value(item, depth + 1))
                made.lines.append(_line(item))
            return made
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> Lined:
        made, own = Lined(_line(node)), set[str]()
        for key_node, value_node in node.value:
            value = self.value(value_node, depth + 1)
            if key_node.tag == _MERGE:
                self._merge(made, value)
                continue
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            if key in own:
                made.repeated.add(key)
            own.add(key)
            made[key] = value
            made.lines[key] = _line(key_node)
        return made

    def _merge(self, made: Lined, value: Any) -> None:
        for source in value if isinstance(value, LinedList) else [value]:
            for key, item in source.items() if isinstance(source, Lined) else ():
                made.setdefault(key, item)
                made.lines.setdefault(key, source.line_of(key))

    def _scalar(self, node: yaml.Node) -> Any:
        if node.tag not in _PLAIN:
            return node.value if node.tag.startswith("tag:yaml.org") else Tagged(node.value)
        try:
            return self._loader.construct_object(node)
        except (ValueError, OverflowError):
            return node.value


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1 if node.start_mark else 1
