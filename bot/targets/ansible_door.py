"""The door to Ansible's inventory: a source in; a Snapshot, or the reason why there is none, out.

Ansible is imported at the first call, because its constants freeze then: `ANSIBLE_CONFIG` must be set before. Its
own output is caught while we are inside and never reaches the terminal.
"""

import io
import json
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stderr
from pathlib import Path
from typing import Any, TypeVar

from bot.errors import ProjectBroken
from bot.model.secrecy import mask
from bot.targets.layers import layers_of, told
from bot.targets.snapshot import NOTE, REACH, Snapshot, from_plain
from bot.targets.text import shown

_T = TypeVar("_T")
_INSIDE = threading.RLock()  # Ansible keeps its state in modules: one of us at a time
_PLUGIN = re.compile(r"with '([\w.]+)' plugin")
_STDERR = re.compile(r"Standard error from inventory script:\n(.*)", re.DOTALL)
_ORIGIN = re.compile(r"Origin: (/\S+:\d+)")  # of the context that Ansible shows: the place, never the lines
_SOURCE = re.compile(r"inventory source (/\S.*)")
_BEST = ("script", "auto", "yaml", "toml", "ini")


@contextmanager
def inside() -> Iterator[list[tuple[str, BaseException]]]:
    """Alone in Ansible and in silence; the list fills with the errors that Ansible would have printed as warnings."""
    with _INSIDE:
        display, heard = _display(), []

        def hear(msg: object = None, exception: BaseException | None = None, **_: Any) -> None:
            heard.append((str(msg), exception or RuntimeError(str(msg))))

        display.display = lambda *_args, **_kwargs: None
        display.error_as_warning = hear
        try:
            yield heard
        finally:
            vars(display).pop("display", None)
            vars(display).pop("error_as_warning", None)


def _display() -> Any:
    """Ansible's one way to print; its first import already does, when the configuration is old-fashioned."""
    with redirect_stderr(io.StringIO()) if "ansible.utils.display" not in sys.modules else nullcontext():
        from ansible.utils.display import Display
    return Display()


def config_file() -> str | None:
    """The configuration file that this process's Ansible was imported with."""
    from ansible import constants

    found = constants.CONFIG_FILE
    return None if found is None else os.path.realpath(str(found))


def vault_scripts(project: Path) -> bool:
    """Whether a vault password comes from a program, which may take its time."""
    return any(os.access(path, os.X_OK) for _, path in _vault_files(project))


def load(source: Path, project: Path) -> Snapshot:
    """The inventory at `source` as Ansible reads it; ProjectBroken with the reason in one sentence."""
    return _read(source, project, lambda manager, loader: _snapshot(manager, loader, str(source)))


def variables(source: Path, project: Path, hosts: Sequence[str]) -> dict[str, list[list[Any]]]:
    """For each of `hosts` that is there its variables: name, value, origin, origins that lost; secrets hidden."""

    def asked(manager: Any, loader: Any) -> dict[str, list[list[Any]]]:
        found = [host for name in hosts if (host := manager.hosts.get(name)) is not None]
        return {str(host.name): told(layers_of(loader, str(source), host), project) for host in found}

    return _read(source, project, asked)


def _read(source: Path, project: Path, answer: Callable[[Any, Any], _T]) -> _T:
    """What `answer` finds in the inventory at `source`; ProjectBroken with the reason in one sentence."""
    with inside() as heard:
        from ansible.errors import AnsibleError
        from ansible.parsing.dataloader import DataLoader

        _forget_vars_files()
        try:
            loader = DataLoader()
            loader.set_basedir(str(project))
            loader.set_vault_secrets(_vault_secrets(loader, project))
            manager = _manager(loader, source, heard)
            return answer(manager, loader)
        except AnsibleError as error:
            raise ProjectBroken(*_sentence(source, project, error, heard)) from None
        except (RecursionError, ValueError, TypeError, OSError, AttributeError) as error:
            raise ProjectBroken(*_sentence(source, project, error, heard)) from None


def _manager(loader: Any, source: Path, heard: list[tuple[str, BaseException]]) -> Any:
    """An InventoryManager that does not go on when one file of an environment cannot be read."""
    from ansible.errors import AnsibleError
    from ansible.inventory.manager import InventoryManager

    class Whole(InventoryManager):  # type: ignore[misc]
        def parse_source(self, source: str, cache: bool = False) -> bool:
            heard.clear()
            parsed = bool(super().parse_source(source, cache=cache))
            if not parsed and (source == self._sources[0] or not os.path.isdir(source)):  # noqa: PTH112 (it is text)
                raise AnsibleError(f"Completely failed to parse inventory source {source}")
            return parsed

    return Whole(loader=loader, sources=[str(source)])


def _forget_vars_files() -> None:
    """Have group_vars and host_vars looked for again: their plugin remembers what was there for as long as we run."""
    from ansible.plugins.loader import vars_loader

    plugin = vars_loader.get("host_group_vars")
    code = None if plugin is None else type(plugin).get_vars
    for name in ("FOUND", "NAK", "CANONICAL_PATHS"):
        remembered = getattr(code, "__globals__", {}).get(name)
        if remembered is not None:
            remembered.clear()


def _vault_files(project: Path) -> list[tuple[str, str]]:
    """Vault ids with their password files, as the configuration names them; those that would prompt left out."""
    from ansible import constants

    made = []
    written = [*(constants.DEFAULT_VAULT_IDENTITY_LIST or []), constants.DEFAULT_VAULT_PASSWORD_FILE]
    for slug in (str(one) for one in written if one):
        name, _, path = slug.rpartition("@")
        if path not in {"prompt", "prompt_ask_vault_pass"}:
            made.append((name or str(constants.DEFAULT_VAULT_IDENTITY), str(project / Path(path).expanduser())))
    return made


def _vault_secrets(loader: Any, project: Path) -> list[tuple[str, Any]]:
    """The vault passwords, as `ansible-playbook` finds them; as there, one that works is enough."""
    from ansible.errors import AnsibleError
    from ansible.parsing.vault import get_file_vault_secret

    secrets: list[tuple[str, Any]] = []
    failed: AnsibleError | None = None
    for name, path in _vault_files(project):
        try:
            secret = get_file_vault_secret(filename=path, vault_id=name, loader=loader)
            secret.load()
        except AnsibleError as error:
            failed = error
            continue
        secrets.append((name, secret))
        loader.set_vault_secrets(secrets)
    if failed is not None and not secrets:
        raise failed
    return secrets


def _snapshot(manager: Any, loader: Any, source: str) -> Snapshot:
    """Names and raw values only, through JSON, so that no object of Ansible's leaves this module."""
    reach = _Reach(manager, loader, source)
    plain = {
        "hosts": {str(host.name): reach.of(host) for host in manager.hosts.values()},
        "groups": {
            str(group.name): [[str(child.name) for child in group.child_groups], [str(h.name) for h in group.hosts]]
            for group in manager.groups.values()
        },
        "note": shown(mask(str(manager.groups["all"].get_vars().get(NOTE, ""))), 300),
    }
    return from_plain(json.loads(json.dumps(plain)))


class _Reach:
    """How hosts are reached: variables of groups and hosts, in Ansible's own order of precedence, not templated."""

    def __init__(self, manager: Any, loader: Any, source: str) -> None:
        from ansible.vars.plugins import get_vars_from_inventory_sources

        def beside(entity: Any) -> dict[str, Any]:
            found: dict[str, Any] = get_vars_from_inventory_sources(loader, [source], [entity], "task")
            return found

        self._beside = beside
        self._groups = {group.name: (group.get_vars(), beside(group)) for group in manager.groups.values()}

    def of(self, host: Any) -> list[str]:
        """The values of REACH for one host; empty text where a variable is not set."""
        from ansible.inventory.helpers import sort_groups

        groups = sort_groups(host.get_groups())
        layers = [self._groups[group.name][0] for group in groups]
        layers += [self._groups[group.name][1] for group in groups]
        layers += [host.vars, self._beside(host)]
        merged = {name: layer[name] for layer in layers for name in REACH if name in layer}
        return [_raw(merged[name]) if name in merged else "" for name in REACH]


def _raw(value: Any) -> str:
    """A value as written; a vaulted one as its ciphertext, never decrypted."""
    hidden = getattr(value, "_ciphertext", None)
    return hidden if isinstance(hidden, str) else str(value)


def _sentence(source: Path, project: Path, error: BaseException, heard: list[Any]) -> tuple[str, str]:
    """What is wrong in one sentence with the file it is wrong in, and what to do."""
    reasons = {match[1]: exception for text, exception in heard if (match := _PLUGIN.search(text))}
    if "no root 'plugin' key" in str(reasons.get("auto", "")):
        reasons.pop("auto")  # a plain YAML inventory with a mistake: the yaml plugin knows which
    named = next((reasons[name] for name in _BEST if name in reasons), next(iter(reasons.values()), error))
    if named is error and source.is_dir() and str(error).endswith(str(source)):
        return f"The environment {source.stem} has no inventory in it.", "Write hosts.yml into its directory."
    why = shown(mask(str(named)).replace(f"{project}/", ""), 300).rstrip(".")
    said = _STDERR.search(getattr(named, "_help_text", None) or "")
    if said and said[1].strip():
        why += f" ({shown(mask(said[1].strip().splitlines()[-1]), 200)})"
    origin = _ORIGIN.search(getattr(named, "_formatted_source_context", None) or "")
    file = origin or _SOURCE.search(str(error))
    where = f" in {shown(file[1].replace(f'{project}/', ''))}" if file else ""
    return f"The environment {source.stem} cannot be read: {why}{where}.", "Mend it, then ask again."
