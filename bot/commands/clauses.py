"""What follows a runbook's name or phrase: branches of the grammar enter; a place, values and options leave."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.commands.grammar import Branch, Leaf, strip
from bot.commands.names import shown
from bot.commands.options import named, whole, with_flag, with_setting
from bot.commands.states import limit_text
from bot.errors import NotUnderstood
from bot.model.command import RunOptions


@dataclass(slots=True, kw_only=True)
class Clauses:
    """The clauses gathered so far, in any order, each at most once."""

    limit: str | None = None
    environment: str | None = None
    parameters: dict[str, str | list[str]] = field(default_factory=dict)
    options: RunOptions = field(default_factory=RunOptions)
    given: set[str] = field(default_factory=set)

    def add(self, branch: Branch) -> None:
        """Take one clause in; raises NotUnderstood when it was there before or cannot be."""
        leaves = list(branch.scan_values(lambda _: True))
        match branch.data:
            case "place" if leaves[0].type == "ON":
                self._once("on")
                self.limit = plain_name(limit_text(leaves[1:]), "limit")
            case "place":
                self._once("in")
                self.environment = plain_name(leaves[1], "environment")
            case "text" | "texts":
                self._parameter(str(leaves[0])[:-1], leaves[1:], several=branch.data == "texts")
            case "flag":
                self.options = with_flag(self.options, str(leaves[0]))
                self._once(named(leaves[0]))
            case "setting":
                self._once(name := named(leaves[0]))
                self.options = with_setting(self.options, name, plain_name(leaves[1], name))

    def _parameter(self, key: str, values: list[Leaf], *, several: bool) -> None:
        self._once(f"{key}=")
        texts = [str(value) for value in values]
        self.parameters[key] = texts if several else "".join(texts)

    def _once(self, what: str) -> None:
        if what in self.given:
            raise NotUnderstood(f"{shown(what)} is there twice.", "Say it once.")
        self.given.add(what)


def gather(branches: Iterable[Branch]) -> Clauses:
    """All clauses of one line; raises NotUnderstood."""
    clauses = Clauses()
    for branch in branches:
        clauses.add(branch)
    clauses.options = whole(clauses.options)
    return clauses


def plain_name(word: str, what: str) -> str:
    """The word as a name; raises NotUnderstood when it is empty or has a tab or a line break in it."""
    if not strip(word):
        raise NotUnderstood(f"The {what} is empty.", f"Write a {what}, or leave it out altogether.")
    if any(mark in word for mark in "\t\n\r"):
        raise NotUnderstood(f"The {what} has a tab or a line break in it.", f"Write the {what} on one line.")
    return str(word)
