"""A project and the name of an environment enter; the values that its vaults hide leave, to be hidden in output too.

Nothing is decrypted, and Ansible is not imported, where there is no vault. What cannot be decrypted is passed over: the
run itself will say so.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.engine.parameters import texts_of
from bot.engine.vault_keys import vault_keys

MIN_VALUE = 4
"""Characters from which on a vault's value is a secret: `yes`, `80` or `a` would hide half of the output."""

MAX_FILES = 5_000
MAX_FILE = 2_000_000
"""Bytes."""

_HEADER = b"$ANSIBLE_VAULT;"
_PLACES = (
    "inventories/{environment}/**/*",
    "inventories/{environment}",
    *(f"{base}{folder}/**/*" for base in ("", "inventories/", "playbooks/") for folder in ("group_vars", "host_vars")),
    *(f"{base}vars/**/*" for base in ("", "playbooks/")),
    *(f"roles/*/{folder}/**/*" for folder in ("vars", "defaults")),
    "playbooks/*.y*ml",
    "*.y*ml",
)

Decrypt = Callable[[bytes], bytes]
"""Raises ValueError when no key fits."""


def vault_values(project: Path, environment: str, variables: Mapping[str, str]) -> list[str]:
    """Every text (and number, as text) in the vaults that a run in `environment` may read.

    `variables` is the environment of the run: what Ansible will know about vault passwords.
    """
    held = list(_with_vaults(project, environment))
    if not held:
        return []
    decrypt = _decrypter(vault_keys(project, variables))
    values = {value for data in held for value in _values_in(data, decrypt)}
    return sorted(value for value in values if len(value.strip()) >= MIN_VALUE)


def _with_vaults(project: Path, environment: str) -> Iterator[bytes]:
    """The contents of every file that has something encrypted in it."""
    paths = dict.fromkeys(path for place in _PLACES for path in project.glob(place.format(environment=environment)))
    for path in list(paths)[:MAX_FILES]:
        try:
            data = path.read_bytes() if path.is_file() and path.stat().st_size <= MAX_FILE else b""
        except OSError:
            continue
        if _HEADER in data:
            yield data


def _values_in(data: bytes, decrypt: Decrypt) -> Iterator[str]:
    whole = data.lstrip().startswith(_HEADER)
    try:
        text = decrypt(data) if whole else data
        content = _load(text, decrypt)
    except (ValueError, RecursionError):
        return
    except yaml.YAMLError:  # a key, a certificate, a password alone
        yield from [text.decode("utf-8", "replace")] if whole else []
        return
    found = content if whole else list(_hidden(content))
    yield from texts_of(found)


class _Hidden(str):
    """The text of an inline vault."""

    __slots__ = ()


def _hidden(content: Any) -> Iterator[str]:
    """The inline vaults in `content`; what stands beside them in clear is no secret."""
    if isinstance(content, _Hidden):
        yield str(content)
    elif isinstance(content, Mapping):
        for item in content.values():
            yield from _hidden(item)
    elif isinstance(content, Iterable) and not isinstance(content, str | bytes):
        for item in content:
            yield from _hidden(item)


def _load(text: bytes, decrypt: Decrypt) -> Any:
    """YAML with Ansible's tags; all documents of it."""

    class Loader(yaml.SafeLoader):
        """Tags are looked at, never carried out."""

    def vault(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
        cipher = str(loader.construct_scalar(node)) if isinstance(node, yaml.ScalarNode) else ""
        try:
            return _Hidden(decrypt(cipher.encode()).decode("utf-8", "replace"))
        except ValueError:
            return ""

    def untagged(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None

    Loader.add_constructor("!vault", vault)
    Loader.add_constructor("!vault-encrypted", vault)
    Loader.add_multi_constructor("!", untagged)
    return list(yaml.load_all(text, Loader))


def _decrypter(keys: Iterable[tuple[str, bytes]]) -> Decrypt:
    from ansible.errors import AnsibleError
    from ansible.parsing.vault import VaultLib, VaultSecret

    library = VaultLib([(identity, VaultSecret(key)) for identity, key in keys])

    def decrypt(cipher: bytes) -> bytes:
        try:
            return bytes(library.decrypt(cipher.strip() + b"\n"))
        except AnsibleError as error:
            raise ValueError("no key fits") from error

    return decrypt
