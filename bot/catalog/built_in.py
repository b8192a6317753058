"""Runbooks that no file describes: nothing enters, those that bring environments up and down leave, by id."""

import hashlib
from collections.abc import Mapping

from bot.model.provider import PREFIX, SNAPSHOT
from bot.model.runbook import Parameter, Revision, Runbook
from bot.model.safety import ALONE, Confirm, Safety

_NAME = Parameter(
    name=SNAPSHOT, required=True, description="The snapshot's name", spec={"type": "str", "required": True}
)
_SUMMARIES = {
    "up": "Bring machines up",
    "status": "Tell how the machines are",
    "halt": "Stop machines, and keep them",
    "down": "Destroy machines",
    "snapshot": "Keep the machines as they are now",
    "restore": "Bring the machines back as they were kept",
}


def _book(verb: str) -> Runbook:
    return Runbook(
        id=f"{PREFIX}{verb}",
        summary=_SUMMARIES[verb],
        path="",
        parameters=(_NAME,) if verb in {"snapshot", "restore"} else (),
        safety=Safety(concurrency=ALONE, confirm=Confirm() if verb == "down" else None),
    )


BUILT_IN: Mapping[str, Runbook] = {book.id: book for book in map(_book, _SUMMARIES)}


def revision(runbook: Runbook) -> Revision:
    """It is the same as long as Signalbox is."""
    return Revision(commit=None, dirty=False, content_hash=hashlib.sha256(runbook.id.encode()).hexdigest())
