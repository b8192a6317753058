"""A snapshot and a host enter; each of its groups leaves, with the way through child groups that leads there."""

from bot.targets.snapshot import Snapshot

ITSELF = "named there"


def ways(snapshot: Snapshot, host: str) -> tuple[tuple[str, str], ...]:
    """Groups by name, `all` and `ungrouped` left out; a way is ITSELF, or the shortest chain such as `web < site`."""
    parents: dict[str, list[str]] = {}
    for name, (children, _) in snapshot.groups.items():
        for child in children:
            parents.setdefault(child, []).append(name)
    found: dict[str, tuple[str, ...]] = {name: (name,) for name, (_, own) in snapshot.groups.items() if host in own}
    front = list(found)
    while front:
        front = [
            _note(found, parent, child) for child in front for parent in parents.get(child, ()) if parent not in found
        ]
    shown = sorted(name for name in found if name not in ("all", "ungrouped"))
    return tuple((name, ITSELF if len(found[name]) == 1 else "through " + " < ".join(found[name])) for name in shown)


def _note(found: dict[str, tuple[str, ...]], parent: str, child: str) -> str:
    found.setdefault(parent, (*found[child], parent))
    return parent
