"""What a project's configuration says about vault passwords enters; those that can be had without asking leave."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.engine.environment import config_file, defaults

PATIENCE = 30
"""Seconds that a script has to say a password."""


def vault_keys(project: Path, variables: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """(vault id, password) for every source that `variables` or the ansible.cfg name, and that can be read."""
    found = []
    for identity, source in _sources(project, variables):
        try:
            key = (
                _from_script(source, identity, project, variables)
                if os.access(source, os.X_OK)
                else source.read_bytes()
            )
        except (OSError, subprocess.SubprocessError):
            continue  # Ansible will say so
        if key.strip():
            found.append((identity, key.strip()))
    return found


def _sources(project: Path, variables: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """(vault id, file) as configured; `prompt` is nobody's here."""
    config = config_file(variables, project)
    said, base = defaults(config), config.parent if config else project
    for name in ("vault_password_file", "vault_identity_list"):
        in_variable = variables.get(f"ANSIBLE_{name.upper()}")
        value, folder = (in_variable, project) if in_variable else (said.get(name, ""), base)
        for one in filter(None, (part.strip() for part in value.split(","))):
            identity, at, source = one.rpartition("@")
            if not source.startswith("prompt"):
                yield (identity if at and identity else "default"), folder / Path(source).expanduser()


def _from_script(script: Path, identity: str, project: Path, variables: Mapping[str, str]) -> bytes:
    """What an executable password file prints; one named `…-client` is told the vault id, as Ansible does."""
    arguments = [str(script), *(["--vault-id", identity] if script.stem.endswith("-client") else [])]
    done = subprocess.run(  # noqa: S603 (the project's own script, no shell)
        arguments,
        cwd=project,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    return done.stdout
