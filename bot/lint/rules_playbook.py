"""Rules about what playbooks do: facts enter, flaws leave."""

import re
from collections.abc import Iterator
from typing import Any

from bot.lined import Lined, LinedList
from bot.lint.case import Case, Facts
from bot.lint.finding import Flaw, shown
from bot.lint.taint import mentions, tainted_by
from bot.lint.task import Task

MANY_HOSTS = 20
"""More hosts than these are changed in batches."""

_SHELLS = frozenset({"shell", "raw", "script", "win_shell", "win_powershell"})
_LINES = _SHELLS | {"command", "expect", "win_command"}
_DANGEROUS = _SHELLS | {"expect", "reboot", "win_reboot"}
_INTERPRETERS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "/bin/sh", "/bin/bash", "/usr/bin/env"})
_READERS = """
add_host assert async_status debug fail fetch find gather_facts getent group_by import_role import_tasks include_role
include_tasks include_vars meta package_facts pause ping service_facts set_fact set_stats setup slurp stat uri
validate_argument_spec wait_for wait_for_connection win_ping win_stat
"""
_READING = frozenset(_READERS.split())
_TEMPLATE = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}", re.DOTALL)
_SAFE = re.compile(
    r"\|\s*(?:ansible\.builtin\.)?(?:quote|int|float|bool)\b|\bmap\(\s*['\"](?:ansible\.builtin\.)?quote"
)
_FREE = frozenset({"str", "path", "raw", "list", "dict", "json", "jsonarg"})


def parameter_in_shell(facts: Facts) -> Iterator[Flaw]:
    """A value from chat that a shell takes apart is a command of whoever typed it."""
    for case in facts.cases:
        free = [p.name for p in case.runbook.parameters if p.type in _FREE and not p.choices]
        tainted = tainted_by(case.sheet.files.values(), free) if free else frozenset()
        for task in case.sheet.tasks() if tainted else ():
            for text in _lines(task):
                if names := [name for each in _unquoted(text) for name in mentions(each, tainted)]:
                    what = f"{names[0]} can hold what was typed in chat, and {task.module} takes it apart."
                    yield _at(task, what, "Write argv: with one item a word, or {{ … | quote }}.")
                    break


def template_in_shell(facts: Facts) -> Iterator[Flaw]:
    """What comes from inventory or facts can hold a space or a quote too."""
    for case in facts.cases:
        declared = frozenset(p.name for p in case.runbook.parameters)
        known = tainted_by(case.sheet.files.values(), declared)
        for task in case.sheet.tasks():
            texts = _lines(task) if task.module in _SHELLS else []
            if any(not mentions(each, known) for text in texts for each in _unquoted(text)):
                yield _at(task, f"A template in {task.module} is not quoted.", "Write {{ … | quote }}, or use argv:.")


def dangerous_module(facts: Facts) -> Iterator[Flaw]:
    """A shell, a reboot or a command line made of templates can do anything, on as many hosts as there are."""
    remedy = "Set safety.max_hosts or safety.requires_approval, or use the module made for it."
    for case in facts.cases:
        if case.bounded:
            continue
        for task in case.sheet.tasks():
            if task.module in _DANGEROUS or (task.module == "command" and any(map(_TEMPLATE.search, _lines(task)))):
                what = f"{case.runbook.id} runs {task.module} on any number of hosts without approval."
                yield _at(task, what, remedy)
        if (case.runbook.module or "").rpartition(".")[2] in _DANGEROUS:
            what = f"{case.runbook.id} runs {case.runbook.module} on any number of hosts without approval."
            yield case.flaw(what, remedy, "module")


def hosts_all_unbounded(facts: Facts) -> Iterator[Flaw]:
    """`hosts: all` that changes something changes a whole environment when somebody forgets the limit."""
    for case in facts.cases:
        for play in () if case.bounded else case.sheet.plays:
            if _names_all(play.whole.get("hosts")) and (task := next(filter(_changes, play.tasks), None)):
                what = f"The play changes all hosts ({task.full}), and nothing bounds how many."
                remedy = "Set safety.max_hosts or safety.requires_approval in the runbook."
                yield Flaw(file=play.file, line=play.whole.line_of("hosts"), what=what, remedy=remedy)


def serial_missing(facts: Facts) -> Iterator[Flaw]:
    """Without batches a bad change reaches every host before the first failure is seen."""
    for case in facts.cases:
        most = _most_hosts(case, facts)
        for play in case.sheet.plays if most > MANY_HOSTS else ():
            if "serial" not in play.whole and any(map(_changes, play.tasks)):
                what = f"The play may change {most} hosts at once."
                remedy = f"Write serial:, or let safety.max_hosts be at most {MANY_HOSTS}."
                yield Flaw(file=play.file, line=play.whole.line, what=what, remedy=remedy)


def not_check_safe(facts: Facts) -> Iterator[Flaw]:
    """In check mode a command is skipped, so what comes after it is not checked, or fails for want of its result."""
    for case in facts.cases:
        for task in case.sheet.tasks() if case.safety.get("check_first") else ():
            if task.module in _LINES and not _check_safe(task):
                what = f"{task.module} is skipped in the check that check_first asks for."
                yield _at(task, what, "Write check_mode: false where it only reads, or creates: or removes:.")


def waits_for_input(facts: Facts) -> Iterator[Flaw]:
    """Nobody sits at the playbook's terminal: a question to them lasts until the timeout."""
    for case in facts.cases:
        for play in case.sheet.plays:
            if "vars_prompt" in play.whole:
                line, remedy = play.whole.line_of("vars_prompt"), "Declare a parameter; no_log: true for a secret."
                yield Flaw(file=play.file, line=line, what="vars_prompt waits until the timeout.", remedy=remedy)
        for task in case.sheet.tasks():
            timed = isinstance(task.args, Lined) and {"seconds", "minutes"} & task.args.keys()
            if task.module == "pause" and not timed:
                yield _at(task, "pause waits until the timeout.", "Say how long: seconds:, or ask for approval.")


def _at(task: Task, what: str, remedy: str) -> Flaw:
    line = task.whole.line_of(task.full)
    name = shown(task.whole.get("name") or "")
    return Flaw(file=task.file, line=line, what=f"{what[:-1]} (task {name})." if name else what, remedy=remedy)


def _lines(task: Task) -> list[str]:
    """The texts of a task that a shell, or the splitting of a command line, takes apart."""
    if task.module not in _LINES:
        return []
    if isinstance(task.args, str):
        return [task.args]
    args = task.args if isinstance(task.args, Lined) else Lined(1)
    found = [args[key] for key in ("cmd", "_raw_params", "command", "script") if isinstance(args.get(key), str)]
    argv = args.get("argv")
    if isinstance(argv, LinedList) and argv and argv[0] in _INTERPRETERS:
        found += [str(word) for word, before in zip(argv[1:], argv, strict=False) if str(before).endswith("c")]
    return found


def _unquoted(text: str) -> list[str]:
    """The templates in `text` that hand a value on as it is."""
    return [match[0] for match in _TEMPLATE.finditer(text) if not _SAFE.search(match[1] or match[2] or "")]


def _changes(task: Task) -> bool:
    """Whether a task changes hosts, unless its author says that it never does."""
    reads = task.module in _READING or task.module.endswith(("_info", "_facts"))
    return bool(task.module) and not reads and task.keyword("changed_when") is not False


def _names_all(hosts: Any) -> bool:
    return hosts in ("all", "*") or (isinstance(hosts, LinedList) and any(_names_all(each) for each in hosts))


def _most_hosts(case: Case, facts: Facts) -> int:
    """How many hosts a run may have: the runbook's bound, else the size of its largest environment."""
    if case.runbook.safety.max_hosts:
        return case.runbook.safety.max_hosts
    scopes = case.runbook.safety.scopes
    counts = (count or 0 for name, count in facts.environments.items() if scopes is None or name in scopes)
    return max(counts, default=0)


def _check_safe(task: Task) -> bool:
    args = task.args if isinstance(task.args, Lined) else Lined(1)
    more = task.whole.get("args")
    also = more if isinstance(more, Lined) else Lined(1)
    guarded = bool({"creates", "removes"} & (args.keys() | also.keys()))
    skips = "ansible_check_mode" in str(task.keyword("when") or "")
    return guarded or skips or task.keyword("check_mode") is False
