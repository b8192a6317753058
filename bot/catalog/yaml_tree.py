"""YAML text with its line numbers: text in, plain values and the line of each out, within fixed bounds.

Written for files that anybody with commit rights may break: size, depth and the number of values after following
aliases are bounded, duplicate keys are found, and only JSON's own types come out.
"""

import math
from dataclasses import dataclass
from typing import Any

import yaml

from bot.catalog.flaws import Place, Unreadable, shown

MAX_DEPTH = 30
MAX_VALUES = 20_000

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # PyYAML built without libyaml: the same, slower
    from yaml import SafeLoader as _Base  # type: ignore[assignment]

_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Loader(_Base):
    """Safe loading in which a date stays text, because parameters are text, numbers, lists and mappings."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != _TIMESTAMP]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A YAML document: `plain` holds its values, `line` tells where one stands."""

    plain: Any
    root: yaml.Node

    def line(self, place: Place) -> int:
        """The line, from 1, of the deepest part of `place` that exists."""
        node, line = self.root, _line(self.root)
        for part in place:
            found = _step(node, part)
            if found is None:
                break
            line, node = found
        return line


def read_tree(text: str) -> Tree:
    """The one document in `text`; Unreadable with the line when it is no YAML of the kind we take."""
    loader = _Loader(text)
    try:
        _check_depth(text)
        root = loader.get_single_node()
        if root is None:
            raise Unreadable(1, "The file is empty.", "Write the keys of a runbook, at least id and summary.")
        return Tree(plain=_Plain(loader).value(root, 1), root=root)
    except yaml.YAMLError as error:
        raise _unreadable(error) from None
    finally:
        loader.dispose()


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the composer, which recurses (in C, where that would end the process)."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise Unreadable(_line(event), "The file is nested too deeply.", f"Use at most {MAX_DEPTH} levels.")
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            depth -= 1


class _Plain:
    """Makes plain values of nodes and counts them, aliases as often as they are used."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._count = 0

    def value(self, node: yaml.Node, depth: int) -> Any:
        self._count += 1
        if depth > MAX_DEPTH or self._count > MAX_VALUES:
            raise Unreadable(_line(node), "Aliases (*name) make the file too large.", "Write the values out.")
        if node.tag not in _TAGS:
            kind = node.tag.removeprefix("tag:yaml.org,2002:")
            raise Unreadable(_line(node), f"The tag {shown(kind)} is not taken here.", "Write plain YAML without it.")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                raise Unreadable(_line(key_node), "Merge keys (<<) are not taken here.", "Write the keys out.")
            if not isinstance(key_node, yaml.ScalarNode):
                raise Unreadable(_line(key_node), "A key must be one word.", "Quote braces: key: '{{ value }}'.")
            key = self.value(key_node, depth + 1)
            if key in made:
                remedy = "Keep one of the two."
                raise Unreadable(_line(key_node), f"The key {shown(key)} stands twice in one mapping.", remedy)
            made[key] = self.value(value_node, depth + 1)
        return made

    def _scalar(self, node: yaml.Node) -> Any:
        try:
            made = self._loader.construct_object(node)
        except (ValueError, OverflowError):
            raise Unreadable(_line(node), f"{shown(node.value)} is no number that can be used.", "Quote it.") from None
        if isinstance(made, float) and not math.isfinite(made):
            raise Unreadable(_line(node), f"{shown(node.value)} is no number that can be used.", "Quote it.")
        return made


def _step(node: yaml.Node, part: str | int) -> tuple[int, yaml.Node] | None:
    """The line and the value of `part` in `node`."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return _line(key), value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return _line(item), item
    return None


def _line(marked: Any) -> int:
    return int(marked.start_mark.line) + 1


def _unreadable(error: yaml.YAMLError) -> Unreadable:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = int(mark.line) + 1 if mark else 1
    problem = shown(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed", 120)
    if "\\t" in problem or "tab" in problem or "cannot start any token" in problem:
        return Unreadable(line, f"The file is no YAML: {problem}.", "Indent with spaces, not tabs, and quote values.")
    return Unreadable(line, f"The file is no YAML: {problem}.", "Mend this line, or the one before it.")
