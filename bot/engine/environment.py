"""The worker's environment enters; the one that a playbook may see leaves: an allow-list, and what the run needs."""

import configparser
import fnmatch
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.engine.private import PrivateDir

MARK = "SIGNALBOX_RUN"
"""Every process of a run has this variable, and is found by it."""

MAX_RESULT = 20_000_000
"""Characters of a result that Ansible hands over; the runner's own 700,000 would turn larger ones into nothing."""

_ALLOWED = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LANGUAGE", "LC_*", "SSH_AUTH_SOCK",
    "KRB5CCNAME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE", "http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    "ALL_PROXY", "ANSIBLE_*", "VAGRANT_HOME", "VAGRANT_DOTFILE_PATH", "VAGRANT_DEFAULT_PROVIDER",
)  # fmt: skip
_NOT_EVEN_SO = frozenset({"ANSIBLE_STDOUT_CALLBACK", "ANSIBLE_FORCE_COLOR", "ANSIBLE_DISPLAY_ARGS_TO_STDOUT"})
"""Ansible's variables that would change how it talks to the runner."""


def allowed(environment: Mapping[str, str], keep: Iterable[str] = ()) -> dict[str, str]:
    """What of the worker's `environment` a playbook may see; `keep` are more names, with `*`."""
    patterns = (*_ALLOWED, *keep)
    return {
        name: value
        for name, value in environment.items()
        if name not in _NOT_EVEN_SO and any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
    }


def for_playbook(own: Mapping[str, str], project: Path, private: PrivateDir) -> dict[str, str]:
    """The environment of a run: `own` (allowed), the project's configuration, and a place of its own for everything.

    Where the project's configuration says nothing about roles and collections, those of the project are found too,
    before the usual places, wherever in it the playbook stands.
    """
    made = {**own, **_utf8(own), MARK: private.mark, "MAX_EVENT_RES": str(MAX_RESULT)}
    made |= {
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_DISPLAY_OK_HOSTS": "0",  # what Ansible would print of results: we read the results themselves,
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "0",  # and rendering them is a tenth of the work of a quick playbook
        "ANSIBLE_LOCAL_TEMP": str(private.temporary),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(private.sockets),
        "TMPDIR": str(private.sockets),  # modules on this machine unpack themselves there: killed, they leave it so
    }
    config = config_file(own, project)
    if config and config.parent == project:
        made["ANSIBLE_CONFIG"] = str(config)
    said = defaults(config)
    if "roles_path" not in said and "ANSIBLE_ROLES_PATH" not in made:
        made["ANSIBLE_ROLES_PATH"] = f"{project / 'roles'}:~/.ansible/roles:/usr/share/ansible/roles:/etc/ansible/roles"
    if not {"collections_path", "collections_paths"} & said.keys() and "ANSIBLE_COLLECTIONS_PATH" not in made:
        made["ANSIBLE_COLLECTIONS_PATH"] = (
            f"{project / 'collections'}:~/.ansible/collections:/usr/share/ansible/collections"
        )
    return made


def _utf8(own: Mapping[str, str]) -> dict[str, str]:
    """What has to be said so that the locale is one of UTF-8: Ansible refuses to start in any other."""
    spoken = own.get("LC_ALL") or own.get("LC_CTYPE") or own.get("LANG", "")
    return {} if "utf" in spoken.lower() else {"LC_ALL": "C.UTF-8"}


def config_file(own: Mapping[str, str], project: Path) -> Path | None:
    """The ansible.cfg that counts: the project's, else the one Ansible would take."""
    home = Path(own.get("HOME", "~")).expanduser()
    places = [project / "ansible.cfg", home / ".ansible.cfg", Path("/etc/ansible/ansible.cfg")]
    if "ANSIBLE_CONFIG" in own:
        places.insert(1, Path(own["ANSIBLE_CONFIG"]).expanduser())
    return next((place for place in places if place.is_file()), None)


def callback_plugins(config: Path | None) -> str:
    """The folders of callback plugins that `config` names: the runner's variable would hide them."""
    said = defaults(config).get("callback_plugins", "")
    folders = [folder.strip() for folder in said.split(":") if folder.strip()]
    base = config.parent if config else Path()
    return ":".join(folder if folder.startswith(("/", "~")) else str(base / folder) for folder in folders)


def defaults(config: Path | None) -> dict[str, str]:
    """The `[defaults]` of an ansible.cfg; empty when there is none, or none that can be read."""
    if config is None:
        return {}
    parser = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(";",))
    try:
        parser.read(config, encoding="utf-8")
        return dict(parser.items("defaults")) if parser.has_section("defaults") else {}
    except (configparser.Error, UnicodeDecodeError):
        return {}  # Ansible itself will say what is wrong with it
