"""One ad-hoc module call: `command`, or `module` with `args`, of a runbook file in; module and arguments out.

Arguments may hold `{{ parameter }}`, which the engine has Ansible fill in. Where a shell or a command line would take
the text apart again, only forms that keep a value one word are let through.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from bot.catalog.flaws import Flaw, Place, did_you_mean, shown
from bot.catalog.shape import RunbookFile

Call = tuple[str, dict[str, Any]]

_REFERENCE = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*(\|\s*quote\s*)?\}\}")
_LEFT_OVER = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_SHELL_WORDS = frozenset({"|", "||", "&&", ";", ">", ">>", "<", "&", "2>&1"})
_LINES = frozenset({"shell", "command", "raw", "script", "expect"})
_WINDOWS = frozenset({"win_shell", "win_command", "win_powershell", "psexec"})
_NO_LINE = frozenset({"argv", "stdin", "chdir", "creates", "removes"})


def read_call(file: RunbookFile, declared: frozenset[str]) -> tuple[Call | None, list[Flaw]]:
    """Module and arguments that `file` asks for, and what is wrong with them; `declared` are the parameters' names."""
    if file.command is not None:
        return _command(file.command, declared)
    module = file.module or ""
    flaws = [flaw for place, text in _leaves(file.args, ("args",)) for flaw in _text_flaws(place, text, declared)]
    flaws += [] if flaws else _line_flaws(module.rpartition(".")[2], file.args)
    return (module, dict(file.args)), flaws


def _command(line: str, declared: frozenset[str]) -> tuple[Call | None, list[Flaw]]:
    """A command line: as it is when it takes no parameter, else word by word, so that a value stays one word."""
    flaws = _text_flaws(("command",), line, declared)
    words = [] if flaws else _words(line)
    if words is None or not (words or flaws):
        remedy = "Write one command line, and close its quotes."
        return None, [Flaw(place=("command",), what="The command cannot be taken apart into words.", remedy=remedy)]
    for word in words:
        if word in _SHELL_WORDS:
            what = f"The command has {word}, and no shell reads it."
            remedy = "Write module: ansible.builtin.shell with args: {cmd: ...}, or a playbook."
            flaws.append(Flaw(place=("command",), what=what, remedy=remedy))
    if not _REFERENCE.search(line):
        return ("ansible.builtin.command", {"cmd": line.strip()}), flaws
    return ("ansible.builtin.command", {"argv": words, "expand_argument_vars": False}), flaws


def _words(line: str) -> list[str] | None:
    """`line` split as a shell would, `{{ ... }}` never split; None when a quote is open."""
    references: list[str] = []

    def hide(match: re.Match[str]) -> str:
        references.append("{{ " + match[1] + " }}")
        return f"\x00{len(references) - 1}\x00"

    try:
        words = shlex.split(_REFERENCE.sub(hide, line))
    except ValueError:
        return None
    return [re.sub(r"\x00(\d+)\x00", lambda match: references[int(match[1])], word) for word in words]


def _leaves(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Every text in `value`, keys included, with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield (*place, str(key)), str(key)
            yield from _leaves(item, (*place, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*place, index))


def _text_flaws(place: Place, text: str, declared: frozenset[str]) -> list[Flaw]:
    """References to what is not declared, and any other template."""
    flaws = []
    for match in _REFERENCE.finditer(text):
        if match[1] not in declared:
            what = f"{{{{ {shown(match[1])} }}}} is no declared parameter."
            remedy = did_you_mean(match[1], declared) or "Declare it under parameters:."
            flaws.append(Flaw(place=place, what=what, remedy=remedy))
    if _LEFT_OVER.search(_REFERENCE.sub("", text)):
        remedy = "Only {{ parameter }} and {{ parameter | quote }} are filled in; use a playbook for more."
        flaws.append(Flaw(place=place, what="The text holds a template of another kind.", remedy=remedy))
    return flaws


def _line_flaws(module: str, args: Mapping[str, Any]) -> list[Flaw]:
    """Parameters where a shell or a command line would take their values apart."""
    if module not in _LINES | _WINDOWS:
        return []
    flaws = []
    for place, text in _leaves(args, ("args",)):
        if place[1] in _NO_LINE and module in _LINES:
            continue
        if any(module in _WINDOWS or not match[2] for match in _REFERENCE.finditer(text)):
            what = f"A value in {place[1]} would be taken apart as part of a command line."
            quoted = "Write {{ parameter | quote }}, or use command: or argv."
            remedy = "Use a playbook." if module in _WINDOWS else quoted
            flaws.append(Flaw(place=place, what=what, remedy=remedy))
    return flaws
