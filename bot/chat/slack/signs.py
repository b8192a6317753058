"""Statuses, hosts' states, actors and times enter; words leave, each with a sign that adds nothing to it."""

import math
import re

from bot.chat.slack.mrkdwn import code
from bot.chat.words import NAME_CHARACTERS, run_time
from bot.model.status import RunStatus
from bot.model.view import RunCard
from bot.model.words import duration

_STATUS = {
    RunStatus.AWAITING_APPROVAL: "\u270b",
    RunStatus.QUEUED: "\u23f3",
    RunStatus.STARTING: "\U0001f504",
    RunStatus.RUNNING: "\U0001f504",
    RunStatus.SUCCESSFUL: "\u2705",
    RunStatus.FAILED: "\u274c",
    RunStatus.TIMEOUT: "\u23f0",
    RunStatus.CANCELED: "\U0001f6d1",
    RunStatus.LOST: "\u2753",
    RunStatus.ERROR: "\u26d4",
    RunStatus.DENIED: "\U0001f6ab",
    RunStatus.EXPIRED: "\u231b",
}
_STATE = {"unreachable": "\U0001f50c", "failed": "\u274c", "changed": "\U0001f7e1", "ok": "\u2705", "waiting": "\u23f3"}
_MEMBER = re.compile(r"slack:([UW][A-Z0-9]{1,30})")
BAR = 20


def status_sign(status: RunStatus) -> str:
    """A sign for a status, for beside its word."""
    return _STATUS[status]


def status_word(status: RunStatus) -> str:
    """The status as people read it: `awaiting approval`."""
    return status.value.replace("_", " ")


def status_phrase(card: RunCard, now: float) -> str:
    """Sign, word and time: `✅ *successful* after 12 s`."""
    status, seconds = card.view.status, run_time(card, now)
    word = f"{status_sign(status)} *{status_word(status)}*"
    if seconds is None or not math.isfinite(seconds):
        return word
    return f"{word} {'after' if status.final else 'for'} {duration(seconds if status.final else int(seconds))}"


def state_sign(word: str) -> str:
    """A sign for a host's state, for beside its word."""
    return _STATE.get(word, "\u25ab")


def elapsed(since: float | None, now: float) -> str:
    """How long ago `since` was, in whole seconds; nothing when that is not known."""
    if since is None or not math.isfinite(now - since):
        return ""
    return duration(max(0, int(now - since)))


def who(actor: str) -> str:
    """An actor as mrkdwn: a member of the workspace by name, everybody else as written."""
    member = _MEMBER.fullmatch(actor)
    return f"<@{member[1]}>" if member else code(actor, NAME_CHARACTERS)


def bar(done: int, total: int) -> str:
    """A bar of BAR characters; the numbers must stand beside it."""
    filled = min(BAR, max(0, BAR * done // max(total, done, 1)))
    return f"`{'█' * filled}{'░' * (BAR - filled)}`"
