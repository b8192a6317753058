"""What a person can name right now: the catalog's and the inventories' names enter, a Vocabulary leaves."""

from collections.abc import Sequence

from bot.catalog import Catalog
from bot.errors import UnknownName
from bot.model.command import Vocabulary
from bot.targets import Inventories


def vocabulary(catalog: Catalog, inventories: Inventories) -> Vocabulary:
    """All names for parsing and completion; hosts of those environments only that are loaded already."""
    runbooks = catalog.runbooks()
    environments = inventories.names()
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
