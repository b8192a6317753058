"""Makes the SSH identities of a fleet: host names and addresses go in, keys, known hosts and an ssh_config come out."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from bot.fleet import net
from bot.fleet.shell import run

USER = "ops"


def client_key(folder: Path) -> Path:
    """The private key that every host of the fleet lets in."""
    return folder / "id_ed25519"


def host_key(folder: Path, host: str) -> Path:
    """The private key by which `host` proves who it is."""
    return folder / f"{host}.key"


def known_hosts(folder: Path) -> Path:
    """The file with the public keys of all hosts of the fleet, by address."""
    return folder / "known_hosts"


def ssh_config(folder: Path) -> Path:
    """A file for `ssh -F` by which a person gets onto a host by its name."""
    return folder / "ssh_config"


def write(fleet: str, folder: Path, addresses: Mapping[str, str]) -> None:
    """Write all keys (those that are there stay), known hosts and ssh_config of `addresses` (host to address)."""
    _generate(client_key(folder), USER)
    for host in addresses:
        _generate(host_key(folder, host), host)
    lines = [f"{address} {_public(host_key(folder, host))}" for host, address in addresses.items()]
    known_hosts(folder).write_text("".join(f"{line}\n" for line in lines))
    ssh_config(folder).write_text(_config(fleet, folder, addresses))


def proxy(fleet: str) -> str:
    """The command that carries a connection into the fleet: the only way in, from this machine alone."""
    return f"ip netns exec {net.controller(fleet)} socat - TCP:%h:%p"


def options(fleet: str, folder: Path) -> dict[str, str]:
    """The ssh options by which a host is reached and its key checked for real."""
    return {
        "ProxyCommand": proxy(fleet),
        "UserKnownHostsFile": str(known_hosts(folder)),
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "IdentitiesOnly": "yes",
    }


def as_arguments(settings: Mapping[str, str]) -> str:
    """`settings` as one string of quoted `-o` arguments."""
    return " ".join(f"-o {shlex.quote(f'{key}={value}')}" for key, value in settings.items())


def _config(fleet: str, folder: Path, addresses: Mapping[str, str]) -> str:
    common = {"User": USER, "IdentityFile": str(client_key(folder)), "BatchMode": "yes", "ConnectTimeout": "5"}
    common |= {"ServerAliveInterval": "5", "ServerAliveCountMax": "3"} | options(fleet, folder)
    blocks = [f"Host {host}\n    HostName {address}\n" for host, address in addresses.items()]
    return "".join(blocks) + "Host *\n" + "".join(f"    {key} {value}\n" for key, value in common.items())


def _generate(file: Path, comment: str) -> None:
    if not file.exists():
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(file)])


def _public(file: Path) -> str:
    kind, key = file.with_suffix(f"{file.suffix}.pub").read_text().split()[:2]
    return f"{kind} {key}"
