"""Why a condition holds or does not: its nodes and what they look at enter, sentences leave.

Of an `and` that does not hold the parts that do not are told, of an `or` that does those that do, else all.
"""

import json
from collections.abc import Iterator

from bot.rules import nodes
from bot.rules.closures import Scope, compiled, looking
from bot.rules.flaws import shown
from bot.rules.operators import UNDEFINED

LONGEST = 80
"""Characters of a value that is told."""
MOST = 12
"""Sentences for one condition."""
_LEAVES = nodes.Compare | nodes.Defined | nodes.Search | nodes.Select | nodes.Truth


def told(node: nodes.Test, scope: Scope) -> tuple[str, ...]:
    """What decides about the condition, each with what was there."""
    decisive = [_sentence(leaf, scope) for leaf in _decisive(node, compiled(node)(scope), scope)]
    more = len(decisive) - MOST
    return tuple(decisive) if more <= 0 else (*decisive[:MOST], f"and {more} more")


def text_of(node: nodes.Node) -> str:  # noqa: C901, PLR0911 (one line a form)
    """The node as one would write it."""
    match node:
        case nodes.Literal(value=value):
            return json.dumps(value, ensure_ascii=False)
        case nodes.Path(root=root, keys=keys):
            return root + "".join(_step(key) for key in keys)
        case nodes.Items(parts=parts):
            return f"[{', '.join(map(text_of, parts))}]"
        case nodes.Sum(left=left, right=right, minus=minus):
            return f"{text_of(left)} {'-' if minus else '+'} {text_of(right)}"
        case nodes.Compare(operator=operator, left=left, right=right):
            return f"{text_of(left)} {operator} {text_of(right)}"
        case nodes.Defined(path=path, negated=negated):
            return f"{text_of(path)} is {'not ' if negated else ''}defined"
        case nodes.Search(value=value, kind=kind, pattern=pattern, negated=negated):
            return f"{text_of(value)} is {'not ' if negated else ''}{kind}({json.dumps(pattern, ensure_ascii=False)})"
        case nodes.Select():
            return _select(node)
        case nodes.Truth(value=value):
            return text_of(value)
        case nodes.Not(part=part):
            return f"not ({text_of(part)})"
        case nodes.Both(parts=parts):
            return " and ".join(f"({text_of(part)})" for part in parts)
        case nodes.Either(parts=parts):
            return " or ".join(f"({text_of(part)})" for part in parts)


def _select(node: nodes.Select) -> str:
    key = "" if node.key is None else f"{json.dumps(node.key)}, "
    word = "select" if node.key is None else "selectattr"
    negated = "not " if node.negated else ""
    return f"{text_of(node.value)} is {negated}{word}({key}{json.dumps(node.operator)}, {text_of(node.wanted)})"


def _decisive(node: nodes.Test, answer: bool | None, scope: Scope) -> Iterator[_LEAVES]:
    match node:
        case nodes.Not(part=part):
            yield from _decisive(part, compiled(part)(scope), scope)
        case nodes.Both(parts=parts) | nodes.Either(parts=parts):
            answers = [(part, compiled(part)(scope)) for part in parts]
            same = [each for each in answers if (each[1] is True) is (answer is True)]
            for part, said in same or answers:
                yield from _decisive(part, said, scope)
        case _:
            yield node


def _sentence(leaf: _LEAVES, scope: Scope) -> str:
    answer = {True: "yes", False: "no", None: "not there"}[compiled(leaf)(scope)]
    found = ", ".join(_found(path, scope) for path in dict.fromkeys(nodes.paths(leaf)))
    return f"{shown(text_of(leaf), 2 * LONGEST)}: {answer}{f' ({found})' if found else ''}"


def _found(path: nodes.Path, scope: Scope) -> str:
    value = looking(path)(scope)
    if value is UNDEFINED:
        return f"there is no {shown(text_of(path), LONGEST)}"
    return f"{shown(text_of(path), LONGEST)} is {shown(json.dumps(value, ensure_ascii=False, default=str), LONGEST)}"


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if key.isidentifier() else f"[{json.dumps(key, ensure_ascii=False)}]"
