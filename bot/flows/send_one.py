"""One delivery that is due enters; it leaves for Slack, and how that went is noted in the outbox.

Whatever is posted is noted as begun before, so that whoever finds it begun and not ended looks it up by its key first.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from bot.chat.slack.budget import Priority, Rates
from bot.chat.slack.client import SlackApi
from bot.chat.slack.paced import PacedApi
from bot.chat.slack.payload import part, unpacked
from bot.chat.slack.posting import Identity, Posting
from bot.chat.slack.trouble import PlaceRefused, RateLimited, SlackRefused, SlackTrouble, UnknownOutcome
from bot.flows.after_refusal import AfterRefusal
from bot.ledger import LONGEST_SECONDS, Outbox, Posted
from bot.model.delivery import DeliveryKind

_log = structlog.get_logger(__name__)

SETTLE_SECONDS = 2.0
"""How long a call whose end nobody knows may still be on its way before it is looked up."""
QUICK_FAILURES = 8
LONGEST_WAIT_SECONDS = 15.0
"""After QUICK_FAILURES in a row a delivery waits for up to so long, at random: it may be one that Slack chokes on."""
UNTOLD_SECONDS = 3_600.0
"""How far back a post is looked for of which the clock does not tell when it was tried."""
_METHODS = {DeliveryKind.MESSAGE: "chat.postMessage", DeliveryKind.EPHEMERAL: "chat.postEphemeral"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOne:
    """The flow with the stations it passes; `log_text` makes the text of a run's log file."""

    outbox: Outbox
    api: SlackApi
    budget: Rates
    me: Identity
    log_text: Callable[[int], str]

    def handle(self, due: Posted, now: float) -> float:
        """Seconds until its turn comes, 0 when something was done. Raises, when it is noted, what concerns all.

        That is Gone, NotSent, UnknownOutcome; and Unavailable when the budget or the outbox does not answer.
        """
        try:
            return self._answered(due, now)
        except RateLimited as error:
            at = now + min(error.seconds, LONGEST_SECONDS)  # the budget keeps the rest of a longer one
            self.outbox.later(due.delivery.key, at, doubtful=due.doubtful, failed=False)
            return error.seconds
        except SlackTrouble as error:
            _warn(due, error)
            self._fail(due, error, now)
            raise
        except (KeyError, TypeError, ValueError) as error:  # else it would stand before all others for ever
            _log.error("unreadable delivery", key=due.delivery.key, why=type(error).__name__)
            self.outbox.gone(due.delivery.key, "its payload cannot be read")
            return 0.0

    def _answered(self, due: Posted, now: float) -> float:
        try:
            return self._handle(due, now)
        except SlackRefused as error:
            _warn(due, error)
            AfterRefusal(outbox=self.outbox, api=self._paced(due)).handle(due, error, now)
            return 0.0

    def _handle(self, due: Posted, now: float) -> float:
        delivery = due.delivery
        if due.orphaned:
            self.outbox.gone(delivery.key, "the message it belongs to is gone")
            return 0.0
        if due.doubtful and delivery.kind is not DeliveryKind.EPHEMERAL:
            self._look_up(due, now)
            return 0.0
        if wait := self._take(due):
            return wait
        begun = self.outbox.begin(delivery.key, now)
        if begun is not None:
            self.outbox.sent(begun, self._send(begun), now)
        return 0.0

    def _take(self, due: Posted) -> float:
        """Seconds until the call may be made; a file's calls take their turns one by one, when they are made."""
        delivery = due.delivery
        if delivery.kind is DeliveryKind.FILE:
            return 0.0
        method = "chat.update" if due.ts else _METHODS[delivery.kind]
        return self.budget.take(method, self.me.team, delivery.channel, key=_caller(due), priority=_priority(due))

    def _look_up(self, due: Posted, now: float) -> None:
        """Find out whether it is there after all."""
        delivery, posting = due.delivery, Posting(self._paced(due), self.me)
        place: dict[str, Any] = {"thread": delivery.thread or None, "since": _since(due, now)}
        try:
            if delivery.kind is DeliveryKind.FILE:
                name = part(self._payload(due), "filename")
                ts = posting.find_upload(delivery.channel, name, **place)
            else:
                ts = posting.find(delivery.channel, _key(due), **place)
        except PlaceRefused:
            raise
        except SlackRefused as error:  # twice is better than never
            _log.warning("not allowed to look up", key=delivery.key, code=error.code)
            ts = None
        if ts:
            self.outbox.found(delivery.key, ts, now)
        else:
            self.outbox.absent(delivery.key)

    def _payload(self, due: Posted) -> str:
        whole = self.outbox.get(due.delivery.key)
        return whole.delivery.payload if whole else "{}"

    def _send(self, begun: Posted) -> str:
        """Make the call; Slack's name for what is shown."""
        delivery = begun.delivery
        if delivery.kind is DeliveryKind.FILE:
            name, text = part(delivery.payload, "filename"), self.log_text(delivery.run_id or 0)
            return Posting(self._paced(begun), self.me).upload(delivery.channel, delivery.thread, name, text)
        message = unpacked(delivery.payload, plain=begun.plain)
        posting = Posting(_Told(self.api, self.budget, self.me.team), self.me)
        if delivery.kind is DeliveryKind.EPHEMERAL:
            posting.whisper(delivery.channel, part(delivery.payload, "user"), message, delivery.thread)
            return "shown"
        if begun.ts:
            posting.update(delivery.channel, begun.ts, message)
            return begun.ts
        return posting.post(delivery.channel, message, _key(begun), delivery.thread)

    def _paced(self, due: Posted) -> PacedApi:
        return PacedApi(self.api, self.budget, self.me.team, key=_caller(due), priority=_priority(due))

    def _fail(self, due: Posted, error: SlackTrouble, now: float) -> None:
        """Note a call that did not reach Slack, or of which nobody knows whether it was carried out."""
        key, unknown = due.delivery.key, isinstance(error, UnknownOutcome)
        doubtful = not due.ts and due.delivery.kind is not DeliveryKind.EPHEMERAL if unknown else due.doubtful
        at = now + _wait(due.failures) if unknown else 0.0
        self.outbox.later(key, at, doubtful=doubtful, failed=unknown, reason=error.code)


@dataclass(frozen=True, slots=True)
class _Told:
    """SlackApi whose turn has come already; the budget is told when Slack says 429 all the same."""

    api: SlackApi
    budget: Rates
    team: str

    def call(self, method: str, arguments: Any) -> Any:
        """Make the call."""
        try:
            return self.api.call(method, arguments)
        except RateLimited as error:
            self.budget.punish(method, self.team, error.seconds)
            raise

    def send_file(self, url: str, content: bytes) -> None:
        """Send the bytes."""
        self.api.send_file(url, content)


def _key(due: Posted) -> str:
    """The key in Slack's metadata; a message that is posted anew has another one."""
    return due.delivery.key + (f"+{due.copies}" if due.copies else "")


def _caller(due: Posted) -> str:
    run_id = due.delivery.run_id
    return f"run:{run_id}" if run_id else due.delivery.key


def _priority(due: Posted) -> Priority:
    return Priority.FINAL if due.delivery.urgent else Priority.NORMAL


def _since(due: Posted, now: float) -> float:
    """Since when a post is looked for; when the clock was set back since it was tried, nobody knows when that was."""
    return due.tried_at if due.tried_at <= now else now - UNTOLD_SECONDS


def _wait(failures: int) -> float:
    if failures < QUICK_FAILURES:
        return SETTLE_SECONDS
    return random.uniform(SETTLE_SECONDS, LONGEST_WAIT_SECONDS)  # noqa: S311  # nobody gains by guessing it


def _warn(due: Posted, error: SlackTrouble) -> None:
    told = {"key": due.delivery.key, "run_id": due.delivery.run_id, "code": error.code, "details": error.details}
    _log.warning("not shown in Slack", why=error.what, **told)
