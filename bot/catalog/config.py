"""The project's ansible.cfg as far as it says where things are: a project in, folders out."""

import configparser
import functools
from collections.abc import Mapping
from pathlib import Path

from bot.catalog.files import State, read_text, state
from bot.catalog.flaws import Unreadable

FILE = "ansible.cfg"


def defaults(project: Path) -> Mapping[str, str]:
    """Its `[defaults]`; none when it cannot be read, Ansible itself will say why."""
    return _defaults(project, state(project / FILE))


def folders(project: Path, key: str) -> tuple[Path, ...]:
    """The folders that a key of `[defaults]` lists, seen from the project."""
    written = defaults(project).get(key, "")
    return tuple(project / Path(part.strip()).expanduser() for part in written.split(":") if part.strip())


@functools.lru_cache(maxsize=8)
def _defaults(project: Path, _state: State) -> Mapping[str, str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False, inline_comment_prefixes=(";",))
    try:
        parser.read_string(read_text(project / FILE))
    except (Unreadable, configparser.Error):
        return {}
    return dict(parser["defaults"]) if parser.has_section("defaults") else {}
