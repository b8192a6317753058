"""Parameters and secrets of a plan enter; the text of an extra-vars file leaves in which no text is ever a template."""

import json
import re
from collections.abc import Mapping
from typing import Any

from bot.errors import CouldNotRun

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_MAGIC = re.compile(
    r"ansible_|(?:hostvars|groups|group_names|inventory_\w+|omit|play_hosts|playbook_dir|role_\w+|vars|environment)\Z"
)


def extra_vars(parameters: Mapping[str, Any], secrets: Mapping[str, Any]) -> str:
    """Pure JSON (in YAML the mark would not hold); CouldNotRun for a name that Ansible gives a meaning of its own."""
    values = {**parameters, **secrets}
    for name in values:
        if not _NAME.match(name) or _MAGIC.match(name):
            raise CouldNotRun(
                f"{name!r} can't be the name of a parameter.",
                "Use letters, digits and `_`, and no name of Ansible's own.",
            )
    return json.dumps({name: unsafe(value) for name, value in values.items()})


def unsafe(value: Any) -> Any:
    """`value` with every text in it marked so that Ansible takes it as data; secrets and chat text alike."""
    if isinstance(value, str):
        return {"__ansible_unsafe": value}
    if isinstance(value, Mapping):
        return {str(key): unsafe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [unsafe(item) for item in value]
    return value


def texts_of(value: Any) -> list[str]:
    """Every text in `value`, and numbers as text: what has to be hidden when `value` is a secret."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in texts_of(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in texts_of(item)]
    return [] if value is None or isinstance(value, bool) else [str(value)]
