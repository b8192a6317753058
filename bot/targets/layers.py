"""The variables of one host, layer by layer: Ansible's own objects in; names, values without secrets and origins out.

Values are told as they are written: nothing is templated, nothing that a vault holds is decrypted or shown.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.model.secrecy import HIDDEN, looks_secret, mask
from bot.targets.snapshot import REACH
from bot.targets.text import shown

VAULTED = f"{HIDDEN} (in a vault)"
LONGEST = 200
_NOT_TOLD = frozenset({"inventory_file", "inventory_dir"})
_VAULT = b"$ANSIBLE_VAULT;"

Layer = tuple[str, Mapping[str, Any], bool]
"""What it is called, its variables, whether they come from files beside the inventory."""


def layers_of(loader: Any, source: str, host: Any) -> list[Layer]:
    """All layers in Ansible's order of precedence, the strongest last."""
    from ansible.inventory.helpers import sort_groups
    from ansible.vars.plugins import get_vars_from_inventory_sources

    def beside(entity: Any) -> dict[str, Any]:
        found: dict[str, Any] = get_vars_from_inventory_sources(loader, [source], [entity], "task")
        return found

    groups = sort_groups(host.get_groups())
    return [
        *((f"group {group.name}", group.get_vars(), False) for group in groups),
        *((f"group {group.name}", beside(group), True) for group in groups),
        ("the host itself", host.vars, False),
        ("the host itself", beside(host), True),
    ]


def told(layers: list[Layer], project: Path) -> list[list[Any]]:
    """Name, value, origin, and origins that lost, of every variable: how the host is reached first, then by name."""
    where = _Origins(project)
    said: dict[str, list[str]] = {}
    values: dict[str, str] = {}
    for name, key, value, layer, files in _assigned(layers):
        origin, vaulted = where.of(layer, key, files=files)
        said.setdefault(name, []).append(origin)
        values[name] = VAULTED if vaulted else _value(name, value)
    order = sorted(values, key=lambda name: (name not in REACH, not name.startswith("ansible_"), name))
    return [[shown(name), values[name], said[name][-1], said[name][-2::-1]] for name in order]


def _assigned(layers: list[Layer]) -> Iterator[tuple[str, Any, Any, str, bool]]:
    for layer, variables, files in layers:
        for key, value in variables.items():
            if str(key) not in _NOT_TOLD:
                yield str(key), key, value, layer, files


class _Origins:
    """Where variables stand, as Ansible has noted at their names."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._vaults: dict[str, bool] = {}

    def of(self, layer: str, key: Any, *, files: bool) -> tuple[str, bool]:
        """`group web, inventories/lab/hosts.yml:4`, and whether that file is a vault.

        Of a file that nobody can name nobody knows whether it is one: it counts as one.
        """
        path, line = _tagged(key)
        if not path:
            return layer, files
        place = str(path).replace(f"{self._project}/", "")
        return f"{layer}, {shown(place)}" + (f":{line}" if line else ""), self._is_vault(path)

    def _is_vault(self, path: str) -> bool:
        if path not in self._vaults:
            try:
                with Path(path).open("rb") as file:
                    self._vaults[path] = file.read(len(_VAULT)) == _VAULT
            except OSError:
                self._vaults[path] = True
        return self._vaults[path]


def _tagged(key: Any) -> tuple[str, int | None]:
    """File and line that Ansible's tag tells of; nothing where there is none."""
    try:
        from ansible._internal._datatag._tags import Origin
    except ImportError:
        return "", None
    origin = Origin.get_tag(key)
    return (str(origin.path or ""), origin.line_num) if origin is not None else ("", None)


def _value(name: str, value: Any) -> str:
    """A value as JSON, or text as it is; secrets by their names, patterns and vaults replaced."""
    if looks_secret(name):
        return HIDDEN
    plain = _plain(value)
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False, default=str)
    return shown(mask(text), LONGEST)


def _plain(value: Any) -> Any:
    if getattr(value, "_ciphertext", None) is not None or type(value).__name__ == "AnsibleVaultEncryptedUnicode":
        return VAULTED
    if isinstance(value, Mapping):
        return {str(key): HIDDEN if looks_secret(str(key)) else _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    return value
