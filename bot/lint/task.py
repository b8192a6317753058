"""One task and what else stands in a play, as it is written: parts of parsed files enter, names and arguments leave."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.lined import Lined, LinedList

# Keywords of a task; what else stands in it is its module.
_WORDS = """
action any_errors_fatal args async become become_exe become_flags become_method become_user changed_when check_mode
collections connection debugger delay delegate_facts delegate_to diff environment failed_when force ignore_errors
ignore_unreachable listen local_action loop loop_control module_defaults name no_log notify poll port register
remote_user retries run_once tags throttle timeout until vars when
"""
_KEYWORDS = frozenset(_WORDS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task; `module` is the last part of its name, `full` all of it, `around` what its blocks and its play say."""

    file: str
    line: int
    module: str
    full: str
    args: Any
    whole: Lined
    around: tuple[Lined, ...]

    def keyword(self, name: str) -> Any:
        """What the task says of a keyword, else its block, else its play."""
        return next((each[name] for each in (self.whole, *self.around) if name in each), None)


def action(task: Lined) -> tuple[str, Any]:
    """The module's name and its arguments, in each of the ways in which Ansible takes them."""
    for key in ("action", "local_action"):
        if isinstance(task.get(key), Lined):
            return str(task[key].get("module", "")), task[key]
        if isinstance(task.get(key), str):
            name, _, rest = task[key].partition(" ")
            return name, rest
    name = next((key for key in task if key not in _KEYWORDS and not key.startswith("with_")), "")
    args = task.get(name)
    return name, task.get("args") if args is None else args


def role_name(role: Any) -> str:
    """The name of a role, in each of the ways in which a play lists it; empty for what is none."""
    if isinstance(role, Lined):
        return str(role.get("role") or role.get("name") or "")
    return role if isinstance(role, str) else ""


def texts(value: Any) -> Iterator[str]:
    """The text, or the texts of a list, that hold no template."""
    for item in value if isinstance(value, LinedList) else [value]:
        if isinstance(item, str) and "{{" not in item:
            yield item


def items(value: Any) -> LinedList:
    """The list; an empty one for what is none."""
    return value if isinstance(value, LinedList) else LinedList(1)
