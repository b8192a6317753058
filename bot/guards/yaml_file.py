"""YAML that decides who may do what, read with suspicion: bytes enter, a plain mapping leaves, within fixed bounds.

Depth and the number of values after following aliases are bounded, so that a small file can't fill the memory; a key
that is written twice is refused, because only one of the two would count.
"""

from typing import Any

import yaml

MAX_DEPTH = 20
MAX_VALUES = 50_000


def read_mapping(text: bytes) -> dict[str, Any]:
    """The mapping that `text` holds; ValueError, with the line where there is one, when it is none that we take."""
    try:
        return _read(text)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{line}{error.problem}.") from None
    except yaml.YAMLError:  # bytes or characters that no YAML may hold
        raise ValueError("it is no text that YAML allows.") from None
    except (KeyError, IndexError, AttributeError):  # PyYAML's own answer to `!!bool maybe`
        raise ValueError("a value does not fit the tag before it.") from None


def _read(text: bytes) -> dict[str, Any]:
    _check_depth(text)
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise ValueError("it holds no keys; `roles:` is what to begin with.")  # noqa: TRY004 (the file is wrong)
        _Measure().count(root)
        made: dict[str, Any] = loader.construct_document(root)
    finally:
        loader.dispose()
    return made


def _check_depth(text: bytes) -> None:
    """Refuse deep nesting before anything recurses into it."""
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise ValueError(f"line {_line(event)}: nested more than {MAX_DEPTH} levels deep.")


class _Measure:
    """Counts the values of a document as if every alias were written out."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}
        self._open: set[int] = set()

    def count(self, node: yaml.Node) -> int:
        """How many values `node` stands for; ValueError for too many, a loop, or a key written twice."""
        if id(node) in self._known:
            return self._known[id(node)]
        if id(node) in self._open:
            raise ValueError(f"line {_line(node)}: an alias refers to what it stands in.")
        self._open.add(id(node))
        total = 1 + sum(self.count(part) for part in _parts(node))
        self._open.discard(id(node))
        if total > MAX_VALUES:
            raise ValueError(f"line {_line(node)}: it stands for more than {MAX_VALUES} values.")
        self._known[id(node)] = total
        return total


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    if not isinstance(node, yaml.MappingNode):
        return []
    seen = set()
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen:
                raise ValueError(f"line {_line(key)}: {key.value[:40]} is written twice.")
            seen.add(key.value)
    return [part for pair in node.value for part in pair]


def _line(part: yaml.Node | yaml.Event) -> int:
    return part.start_mark.line + 1 if part.start_mark else 1
