"""What both doors of Slack do before they acknowledge: an Incoming enters and is stored, what Slack waits for leaves.

Nothing slow happens here. Searches among choices and the check of a form are answered at once, from what is loaded;
all else is put into the inbox, and a thread of this or another process deals with it afterwards.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from bot.chat.slack.inbox import Inbox
from bot.errors import SignalboxError, Unavailable
from bot.flows.slack.form import Form
from bot.flows.slack.talk import Talk
from bot.model.incoming import Incoming, IncomingKind

_log = structlog.get_logger(__name__)

TAKE_MILLISECONDS = 1_000
AWAY_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackDoor:
    """The quick part; `receive` gives the body of the acknowledgement, None for an empty one."""

    inbox: Inbox
    form: Form

    def receive(self, incoming: Incoming) -> Mapping[str, Any] | None:
        """Store it, or answer it; Unavailable when it could be neither, so that Slack delivers it again."""
        if incoming.kind is IncomingKind.CHOICES:
            return self._choices(incoming)
        if incoming.kind is IncomingKind.SUBMISSION and (problems := self.form.problems(incoming)):
            return {"response_action": "errors", "errors": problems}
        self.inbox.put(incoming)
        return {"response_action": "clear"} if incoming.kind is IncomingKind.SUBMISSION else None

    def _choices(self, incoming: Incoming) -> Mapping[str, Any]:
        try:
            return self.form.choices(incoming)
        except SignalboxError:
            return {"options": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class Talker:
    """The slow part, in threads of its own: takes from the inbox, one thing after the other.

    `talk` is made when the first thing comes: making it asks Slack who we are, and Slack may be away for now.
    """

    inbox: Inbox
    talk: Callable[[], Talk]

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set."""
        while not stop.is_set():
            try:
                self._turn()
            except Unavailable as error:
                _log.warning("waiting", why=error.what)
                stop.wait(AWAY_SECONDS)
            except Exception:  # noqa: BLE001 (one entry that can't be read must not end the thread)
                _log.exception("an entry of the inbox was left")
                stop.wait(AWAY_SECONDS)

    def _turn(self) -> None:
        taken = self.inbox.take(TAKE_MILLISECONDS)
        if taken is not None:
            self.talk().handle(taken.incoming, again=taken.again)
            self.inbox.done(taken)
