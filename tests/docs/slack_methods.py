"""The bot's code enters; the methods of Slack's API that it calls leave, and its sentences."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import ROOT
from tests.fake_slack.specs import specs

_TWIN = "twin.py"  # answers instead of calling


def called_methods() -> set[str]:
    """Methods named in functions that somebody calls; tables of rates, outside of functions, call nothing."""
    trees = _trees()
    mentioned = {name for tree in trees for name in _mentions(tree)}
    return {
        value
        for tree in trees
        for function, value in _constants(tree)
        if value in specs() and (function in mentioned or function.startswith("__"))
    }


def sentences() -> list[str]:
    """Every text of the bot, docstrings too."""
    nodes = (node for tree in _trees() for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [node.value for node in nodes if isinstance(node.value, str)]


def _trees() -> list[ast.Module]:
    files: Iterator[Path] = (ROOT / "bot").rglob("*.py")
    return [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(files) if path.name != _TWIN]


def _mentions(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each text in a function, with the function's name."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield function.name, node.value
