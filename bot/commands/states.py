"""Limits by facts: a limit as text enters, the State that it means leaves; None for a plain pattern."""

from collections.abc import Sequence

from lark import UnexpectedInput

from bot.commands.grammar import Leaf, is_bare, strip, tree
from bot.model.state import OPERATORS, Condition, State


def state_of(limit: str) -> State | None:
    """What a limit says about facts; it is data for comparisons, and never reaches Ansible."""
    try:
        branch = tree(strip(limit), "state")
    except UnexpectedInput:
        return None
    pattern, conditions = _parts([leaf for leaf in branch.scan_values(lambda _: True) if isinstance(leaf, Leaf)])
    return State(pattern=pattern, conditions=conditions) if conditions else None


def limit_text(leaves: Sequence[Leaf]) -> str:
    """The leaves of a limit as one text: a pattern as it is, a state so that `state_of` reads the same."""
    pattern, conditions = _parts(leaves)
    if not conditions:
        return pattern or ""
    told = [] if pattern is None else [_quoted(pattern, "WORD")]
    return " and ".join([*told, *(f"{each.fact}{each.operator}{_quoted(each.value, 'VALUE')}" for each in conditions)])


def _parts(leaves: Sequence[Leaf]) -> tuple[str | None, tuple[Condition, ...]]:
    pattern = str(leaves[0]) if leaves and leaves[0].type != "FACT" else None
    rest = leaves[1:] if pattern is not None else leaves
    return pattern, tuple(_condition(*pair) for pair in zip(rest[::2], rest[1::2], strict=True))


def _condition(fact: Leaf, value: Leaf) -> Condition:
    written = strip(str(fact))
    operator = next(sign for sign in OPERATORS if written.endswith(sign))
    return Condition(fact=strip(written.removesuffix(operator)), operator=operator, value=str(value))


def _quoted(text: str, terminal: str) -> str:
    bare = is_bare(text, "VALUE") if terminal == "VALUE" else is_bare(text, "WORD") and not set(text) & set("=<>")
    return text if bare else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
