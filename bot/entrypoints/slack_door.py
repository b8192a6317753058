"""What both doors of Slack do before they acknowledge: an Incoming enters and is stored, what Slack waits for leaves.

Nothing slow happens here. Searches among choices and the check of a form are answered at once, from what is loaded;
all else is put into the inbox, and a thread of this or another process deals with it afterwards.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog

from bot.chat.slack.inbox import Inbox
from bot.errors import SignalboxError, Unavailable
from bot.flows.slack.form import Form
from bot.flows.slack.talk import Talk
from bot.model.incoming import Incoming, IncomingKind

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

SOON_SECONDS = 1.5
"""Slack waits three seconds; what is not known by then is answered without, and checked again afterwards."""
CHECKERS = 4
AWAY_SECONDS = 1.0
LONGEST_AWAY_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackDoor:
    """The quick part; `receive` gives the body of the acknowledgement, None for an empty one."""

    inbox: Inbox
    form: Form
    _checkers: Executor = field(default_factory=lambda: ThreadPoolExecutor(CHECKERS, "form-checker"), init=False)

    def receive(self, incoming: Incoming) -> Mapping[str, Any] | None:
        """Store it, or answer it; Unavailable when it could be neither, so that Slack delivers it again."""
        if incoming.kind is IncomingKind.CHOICES:
            return self._soon(lambda: self.form.choices(incoming), {"options": []})
        if incoming.kind is IncomingKind.SUBMISSION:
            problems: Mapping[str, str] = self._soon(lambda: self.form.problems(incoming), {})
            if problems:
                return {"response_action": "errors", "errors": problems}
        self.inbox.put(incoming)
        return {"response_action": "clear"} if incoming.kind is IncomingKind.SUBMISSION else None

    def _soon(self, look: Callable[[], _T], otherwise: _T) -> _T:
        """What `look` finds while Slack waits; an inventory that is being read may take longer."""
        try:
            return self._checkers.submit(look).result(SOON_SECONDS)
        except TimeoutError:
            return otherwise
        except SignalboxError:
            return otherwise
        except Exception:  # noqa: BLE001 (the deed itself tells the person what is wrong)
            _log.exception("a form could not be checked")
            return otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Talker:
    """The slow part, in threads of its own: takes from the inbox, one thing after the other.

    `talk` is made before the first thing is taken: making it asks Slack who we are, and Slack may be away for now.
    """

    inbox: Inbox
    talk: Callable[[], Talk]
    take_ms: int = 1_000
    """How long it waits at most for something to come, and so for its own end."""

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set; what was taken before is dealt with."""
        rest = AWAY_SECONDS
        while not stop.is_set():
            try:
                self._turn()
                rest = AWAY_SECONDS
            except SignalboxError as error:
                _log.warning("waiting", why=error.what, seconds=rest)
                stop.wait(rest)
                rest = AWAY_SECONDS if isinstance(error, Unavailable) else min(2 * rest, LONGEST_AWAY_SECONDS)
            except Exception:  # noqa: BLE001 (whatever it is, the thread goes on)
                _log.exception("an entry of the inbox was left")
                stop.wait(AWAY_SECONDS)

    def _turn(self) -> None:
        talk = self.talk()
        taken = self.inbox.take(self.take_ms)
        if taken is not None:
            talk.handle(taken.incoming, again=taken.again)
            self.inbox.done(taken)
