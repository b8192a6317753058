"""Commands with a reason, which hold runs back or let them go: a branch of the grammar enters, the command leaves."""

import re
from collections.abc import Callable, Mapping

from bot.commands.asking import known_environment, known_runbook
from bot.commands.clauses import plain_name
from bot.commands.grammar import Branch, Leaf
from bot.errors import NotUnderstood
from bot.model.command import (
    AskDemote,
    AskFreeze,
    AskLock,
    AskPromote,
    AskRelease,
    AskUnfreeze,
    AskUnlock,
    Command,
    Vocabulary,
)
from bot.model.durations import seconds

ALL = "all"
"""The word for every environment."""
LONGEST_REASON = 500
LONGEST_URL = 1000
"""Characters."""
_RUN = re.compile(r"run #?0*([1-9][0-9]{0,8})", re.IGNORECASE)
_URL = re.compile(r"https://[^\s/?#@<>\"|]+(?:[/?#][^\s<>\"|]*)?", re.IGNORECASE)


def said_reason(branch: Branch, longest: int = LONGEST_REASON) -> str:
    """What stands after `because`, in one line; empty when it does not."""
    text = " ".join(_last(branch, "reason").split())
    if len(text) > longest:
        what = f"The reason has {len(text):,} characters."
        raise NotUnderstood(what, f"At most {longest} are kept; what is longer belongs where it can be linked.")
    return text


def place(branch: Branch, vocabulary: Vocabulary) -> str:
    """The environment that the last word before `for` and `because` names; raises UnknownName."""
    word = _last(branch, "inside") or _last(branch, "toward") or _first(branch)
    return known_environment(plain_name(word, "environment"), vocabulary) or word


def _lock(branch: Branch, vocabulary: Vocabulary) -> Command:
    return AskLock(
        environment=place(branch, vocabulary),
        limit=_limit(branch),
        seconds=said_seconds(branch),
        reason=said_reason(branch),
    )


def _unlock(branch: Branch, vocabulary: Vocabulary) -> Command:
    return AskUnlock(environment=place(branch, vocabulary), limit=_limit(branch), reason=said_reason(branch))


def _freeze(branch: Branch, vocabulary: Vocabulary) -> Command:
    where = _one_or_all(branch, vocabulary)
    return AskFreeze(environment=where, seconds=said_seconds(branch), reason=said_reason(branch))


def _unfreeze(branch: Branch, vocabulary: Vocabulary) -> Command:
    return AskUnfreeze(environment=_one_or_all(branch, vocabulary), reason=said_reason(branch))


def _release(branch: Branch, vocabulary: Vocabulary) -> Command:
    return AskRelease(environment=place(branch, vocabulary), reason=said_reason(branch))


def _promote(branch: Branch, vocabulary: Vocabulary) -> Command:
    run_id, url = _evidence(branch)  # first: where it is to go may be a place that the vocabulary does not offer
    runbook = known_runbook(_first(branch), vocabulary)
    return AskPromote(runbook=runbook, environment=place(branch, vocabulary), run_id=run_id, url=url)


def _evidence(branch: Branch) -> tuple[int | None, str]:
    evidence = said_reason(branch, LONGEST_URL)
    if run := _RUN.fullmatch(evidence):
        return int(run[1]), ""
    if _URL.fullmatch(evidence):
        return None, evidence
    raise NotUnderstood("That is no evidence.", "Write `because run 12`, or `because https://…` with where it is told.")


def _demote(branch: Branch, vocabulary: Vocabulary) -> Command:
    runbook = known_runbook(_first(branch), vocabulary)
    return AskDemote(runbook=runbook, environment=place(branch, vocabulary), reason=said_reason(branch))


HOLDING: Mapping[str, Callable[[Branch, Vocabulary], Command]] = {
    "lock": _lock,
    "unlock": _unlock,
    "freeze": _freeze,
    "unfreeze": _unfreeze,
    "release": _release,
    "promote": _promote,
    "demote": _demote,
}
"""By the branch's name."""


def _one_or_all(branch: Branch, vocabulary: Vocabulary) -> str | None:
    return None if _first(branch).lower() == ALL else place(branch, vocabulary)


def _limit(branch: Branch) -> str | None:
    return plain_name(_first(branch), "limit") if _last(branch, "inside") else None


def said_seconds(branch: Branch) -> int | None:
    """What stands after `for`; None when nothing does."""
    written = _last(branch, "lasting").lower()
    try:
        return seconds(written) if written else None
    except ValueError as error:
        raise NotUnderstood(f"How long it lasts {error}.", "Such as `for 2h`.") from None


def _first(branch: Branch) -> str:
    """The word after the command's own."""
    return str(branch.children[1])


def _last(branch: Branch, part: str) -> str:
    """The text that a part of the line ends with; empty without it."""
    found = next((child for child in branch.children if not isinstance(child, Leaf) and child.data == part), None)
    return "" if found is None else str(found.children[-1])
