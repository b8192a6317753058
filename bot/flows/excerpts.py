"""A runbook enters; its file and its playbook leave as they are now, cut, with a count of what is left out."""

from bot.catalog import Catalog
from bot.model.consent import Excerpt
from bot.model.runbook import Runbook

LINES = 60
CHARACTERS = 4_000


def excerpts(catalog: Catalog, runbook: Runbook) -> tuple[Excerpt, ...]:
    """What whoever approves a run reads of it; ProjectBroken when a file cannot be read any more."""
    texts = [(runbook.path, catalog.text(runbook))] if runbook.path else []
    if runbook.playbook:
        texts.append((runbook.playbook, catalog.playbook_text(runbook)))
    return tuple(_cut(name, text) for name, text in texts)


def _cut(name: str, text: str) -> Excerpt:
    lines = text.rstrip().split("\n")
    kept: list[str] = []
    room = CHARACTERS
    for line in lines[:LINES]:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return Excerpt(name=name, text="\n".join(kept), left_out=len(lines) - len(kept))
