"""Which hosts somebody means: words of a command line go in, host names with their groups come out."""

import re
from collections.abc import Mapping, Sequence

from bot.errors import FleetBroken
from bot.fleet.plan import MAX_HOSTS

DEFAULT = ("web1", "web2", "db1", "cache1")
_NUMBERED = re.compile(r"(.*?[a-z])-?(\d+)")


def wanted(words: Sequence[str], there: Sequence[str]) -> tuple[str, ...]:
    """Names, a number, or nothing: then all that are `there`, else the usual four."""
    if not words:
        return tuple(there) or DEFAULT
    if len(words) == 1 and words[0].isascii() and words[0].isdigit():
        return numbered(int(words[0]))
    return tuple(dict.fromkeys(words))


def numbered(count: int) -> tuple[str, ...]:
    """So many hosts: the usual ones, then web3, web4, and so on."""
    if not 1 <= count <= MAX_HOSTS:
        raise FleetBroken(f"A fleet has 1 to {MAX_HOSTS} hosts, not {count}.")
    return (*DEFAULT, *(f"web{number}" for number in range(3, count)))[:count]


def groups(hosts: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Each host's groups: what its name says (web1 is in `web`), and one of two data centers in turn."""
    return {host: (_kind(host), f"dc{index % 2 + 1}") for index, host in enumerate(hosts)}


def _kind(host: str) -> str:
    found = _NUMBERED.fullmatch(host)
    return (found[1] if found else host).replace("-", "_")
