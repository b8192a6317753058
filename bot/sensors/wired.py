"""A source whose arguments are filled in enters, the same with its plugins found leaves."""

import runpy
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import ProjectBroken
from bot.model.rule import EventSource
from bot.sensors.finding import FILTER, SOURCE, Found, find

Filter = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """What is needed to run a source: `main` is the plugin's, `filters` make one event, several or none of one."""

    name: str
    plugin: str
    main: Callable[..., Any]
    arguments: Mapping[str, Any]
    filters: tuple[Filter, ...]


def wired(source: EventSource, project: Path, collections: tuple[Path, ...]) -> Wired:
    """The source with its code; UnknownName or ProjectBroken when a plugin is not there or cannot be loaded."""
    main = _loaded(find(source.plugin, SOURCE, project, collections), source.plugin)
    filters = [_filter(*each, project, collections) for each in source.filters]
    return Wired(
        name=source.name, plugin=source.plugin, main=main, arguments=dict(source.arguments), filters=tuple(filters)
    )


def filtered(event: Mapping[str, Any], filters: Sequence[Filter]) -> list[dict[str, Any]]:
    """What is left of an event after all filters, each of which may make several of one."""
    events = [dict(event)]
    for each in filters:
        made: list[dict[str, Any]] = []
        for one in events:
            left = each(one)
            made += left if isinstance(left, list) else [left]
        events = [one for one in made if isinstance(one, dict)]
    return events


def _filter(name: str, arguments: Mapping[str, Any], project: Path, collections: tuple[Path, ...]) -> Filter:
    main = _loaded(find(name, FILTER, project, collections), name)
    return lambda event: main(event, **arguments)


def _loaded(found: Found, name: str) -> Callable[..., Any]:
    """The `main` of a file, run as a module of its own; what it imports from its collection is found."""
    if found.root and found.root not in sys.path:
        sys.path.append(found.root)
    try:
        main = runpy.run_path(str(found.file)).get("main")
    except ImportError as error:
        what = f"The plugin {name} needs the Python package {error.name or 'that it names'}, which is not here."
        raise ProjectBroken(what, "Install it into Signalbox's environment.") from None
    except Exception as error:  # noqa: BLE001 (a plugin is anybody's code)
        raise ProjectBroken(f"The plugin {name} cannot be loaded: {type(error).__name__}.", "Mend its file.") from None
    if not callable(main):
        raise ProjectBroken(f"The plugin {name} has no main.", "Write `async def main(queue, args)`.")
    made: Callable[..., Any] = main
    return made
