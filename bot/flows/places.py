"""What a person can name right now: the catalog's and the inventories' names enter, a Vocabulary leaves."""

from collections.abc import Sequence

from bot.catalog import Catalog
from bot.errors import UnknownName
from bot.guards import Reach
from bot.model.command import Vocabulary
from bot.model.runbook import Runbook
from bot.targets import Inventories


def vocabulary(catalog: Catalog, inventories: Inventories) -> Vocabulary:
    """All names for parsing; hosts of those environments only that are loaded already."""
    return _names(catalog.runbooks(), inventories.names(), inventories)


def visible(catalog: Catalog, inventories: Inventories, reach: Reach) -> Vocabulary:
    """The names that somebody is shown and offered: what they may use."""
    runbooks, names = catalog.runbooks(), inventories.names()
    return _names(_usable(runbooks, names, reach), _usable_in(runbooks, names, reach), inventories)


def usable_runbooks(catalog: Catalog, inventories: Inventories, reach: Reach) -> tuple[Runbook, ...]:
    """The runbooks that somebody may use in one environment at least."""
    return _usable(catalog.runbooks(), inventories.names(), reach)


def usable_environments(catalog: Catalog, inventories: Inventories, reach: Reach) -> tuple[str, ...]:
    """The environments in which somebody may use one runbook at least; all, as long as there is no runbook."""
    return _usable_in(catalog.runbooks(), inventories.names(), reach)


def _usable(runbooks: Sequence[Runbook], names: Sequence[str], reach: Reach) -> tuple[Runbook, ...]:
    return tuple(book for book in runbooks if any(reach.usable(book, name) for name in names))


def _usable_in(runbooks: Sequence[Runbook], names: tuple[str, ...], reach: Reach) -> tuple[str, ...]:
    return tuple(name for name in names if any(reach.usable(book, name) for book in runbooks)) if runbooks else names


def _names(runbooks: Sequence[Runbook], environments: tuple[str, ...], inventories: Inventories) -> Vocabulary:
    return Vocabulary(
        runbooks=tuple(runbook.id for runbook in runbooks),
        environments=environments,
        hosts=tuple(dict.fromkeys(name for each in environments for name in inventories.known_names(each))),
        phrases={runbook.id: runbook.say for runbook in runbooks if runbook.say},
        parameters={
            runbook.id: {p.name: tuple(str(choice) for choice in p.choices) for p in runbook.parameters}
            for runbook in runbooks
        },
    )


def only_environment(usable: Sequence[str], question: str) -> str:
    """The environment that is meant when none was named: the only one; UnknownName with `question` otherwise."""
    if len(usable) == 1:
        return usable[0]
    if usable:
        raise UnknownName(question, f"Say `in` and one of: {', '.join(usable)}.")
    raise UnknownName(question, "There is none where it could: a folder below inventories/ makes an environment.")
