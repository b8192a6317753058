"""What the outbox holds enters; it leaves for Slack one by one, as fast as Slack lets, what matters most first.

One turn sends one delivery at most: final states first, then the run that has waited longest. Whoever holds the lease
sends; what it was about to send when it died is looked up by the next one.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from redis.exceptions import RedisError

from bot.chat.slack.budget import Rates
from bot.chat.slack.client import SlackApi
from bot.chat.slack.posting import who_am_i
from bot.chat.slack.trouble import NotSent, RateLimited, UnknownOutcome
from bot.errors import Misconfigured, Unavailable, UnknownName
from bot.flows.log_text import log_lines
from bot.flows.send_one import SendOne
from bot.ledger import Ledger, Outbox, Posted
from bot.model.event import RunEvent
from bot.queue import Leases

_log = structlog.get_logger(__name__)

LEASE = "slack"
REFUSED_LEASE = "slack-refused"
"""Held while Slack does not accept the token: how other processes (`/healthz`) know."""
REST_SECONDS = 0.2
REFUSED_SECONDS = 60.0
"""How often it is tried whether Slack accepts the token again."""
LONGEST_PAUSE_SECONDS = 2.0
"""How long nothing at all is tried after Slack was away, again and again; short, as only single calls may fail."""
AWAY_SECONDS = 1.0
LAST_SECONDS = 3.0
KEPT_SECONDS = 30 * 86_400.0
"""For how long the outbox remembers what was settled: nothing is posted twice in that time."""
SWEEP_SECONDS = 3_600.0


@dataclass(slots=True, kw_only=True)
class Deliver:
    """The flow with the stations it passes, and what it knows of the turns before: by `clock`, which never jumps."""

    outbox: Outbox
    ledger: Ledger
    api: SlackApi
    budget: Rates
    leases: Leases
    clock: Callable[[], float] = time.monotonic
    _sender: SendOne | None = field(default=None, init=False)
    _turns: dict[tuple[str, bool], float] = field(default_factory=dict, init=False)
    _served: dict[int | None, float] = field(default_factory=dict, init=False)
    _pause_until: float = field(default=0.0, init=False)
    _failures: int = field(default=0, init=False)
    _refused: Misconfigured | None = field(default=None, init=False)
    _sweep_at: float = field(default=0.0, init=False)

    @property
    def trouble(self) -> str:
        """Why nothing can be shown in Slack, with what to do about it; empty while all is well."""
        return str(self._refused) if self._refused else ""

    def handle(self, now: float) -> float:
        """One turn at `now` (seconds since the epoch); seconds to rest before the next one.

        Raises Unavailable, or what Redis raises, when Redis or SQL is away.
        """
        if not self.leases.take(LEASE):
            return REST_SECONDS
        if self._refused:
            self.leases.take(REFUSED_LEASE)
        if (left := self._pause_until - self.clock()) > 0:
            return min(REST_SECONDS, left)
        try:
            return self._turn(now)
        except RateLimited as error:
            return self._pause(error.seconds)
        except Misconfigured as error:
            return self._refuse(error)
        except (NotSent, UnknownOutcome):
            self._failures += 1
            return self._pause(min(2.0 ** (self._failures - 3), LONGEST_PAUSE_SECONDS))

    @property
    def busy(self) -> bool:
        """Whether something is due that only has to wait for its turn."""
        return bool(self._turns)

    def give_back(self) -> None:
        """Release the leases, so that another process goes on at once; without Redis they run out by themselves."""
        with suppress(RedisError):
            self.leases.release(LEASE)
            self.leases.release(REFUSED_LEASE)

    def _turn(self, now: float) -> float:
        sender = self._sender or self._begin()
        self._sweep(now)
        here = self.clock()
        self._turns = {who: at for who, at in self._turns.items() if at > here}
        for due in self._in_order(self.outbox.due(now)):
            if _who(due) in self._turns:
                continue
            before = self._served.get(due.delivery.run_id, 0.0)
            self._served[due.delivery.run_id] = here  # if it fails too: the others come first then
            if not (wait := sender.handle(due, now)):
                self._failures = 0
                return 0.0
            self._turns[_who(due)] = here + wait
            self._served[due.delivery.run_id] = before
        return min([REST_SECONDS, *(at - here for at in self._turns.values())])

    def _begin(self) -> SendOne:
        """Ask Slack who we are: it also tells whether the token opens anything."""
        me = who_am_i(self.api)
        if self._refused:
            self._refused = None
            self.leases.release(REFUSED_LEASE)
            _log.info("Slack accepts the token again")
        self._sender = SendOne(outbox=self.outbox, api=self.api, budget=self.budget, me=me, log_text=self._log_text)
        return self._sender

    def _in_order(self, due: Sequence[Posted]) -> list[Posted]:
        """Final states first, then the runs that were served longest ago; in the outbox's own order within a run."""
        return sorted(due, key=lambda each: (not each.delivery.urgent, self._served.get(each.delivery.run_id, 0.0)))

    def _refuse(self, error: Misconfigured) -> float:
        if self._refused is None:
            _log.error("nothing is shown in Slack", why=error.what, remedy=error.remedy)
        self._refused, self._sender = error, None
        self.leases.take(REFUSED_LEASE)
        return self._pause(REFUSED_SECONDS)

    def _pause(self, seconds: float) -> float:
        self._pause_until = self.clock() + seconds
        return min(REST_SECONDS, seconds)

    def _sweep(self, now: float) -> None:
        """Forget what was settled long ago, in the outbox and here."""
        here = self.clock()
        if here >= self._sweep_at:
            self._sweep_at = here + SWEEP_SECONDS
            self.outbox.forget(now - KEPT_SECONDS)
            self._served = {run_id: at for run_id, at in self._served.items() if at > here - SWEEP_SECONDS}

    def _log_text(self, run_id: int) -> str:
        try:
            return "\n".join(log_lines(_stored(self.ledger, run_id)))
        except UnknownName:
            return ""


def settle(deliver: Deliver, now: float) -> float:
    """One turn that survives Redis or SQL being away; seconds to rest."""
    try:
        return deliver.handle(now)
    except (Unavailable, RedisError) as error:
        _log.warning("waiting", why=error.what if isinstance(error, Unavailable) else type(error).__name__)
        return AWAY_SECONDS


def deliver_until(deliver: Deliver, stop: threading.Event) -> None:
    """Turns until `stop` is set, then the leases are given back; for a thread of its own, calls to Slack take time.

    What is due by then is sent before, as far as that is soon done: it may be the end of a run.
    """
    while not stop.is_set():
        stop.wait(settle(deliver, time.time()))
    until = time.monotonic() + LAST_SECONDS
    while ((rest := settle(deliver, time.time())) == 0.0 or deliver.busy) and time.monotonic() < until:
        time.sleep(rest)
    deliver.give_back()


def _who(due: Posted) -> tuple[str, bool]:
    """What waits for its turn: a final state does not wait for the turn of what came before it."""
    return due.delivery.key, due.delivery.urgent


def _stored(ledger: Ledger, run_id: int) -> Iterator[RunEvent]:
    after = 0
    while events := ledger.events(run_id, after=after):
        yield from events
        after = events[-1].counter
