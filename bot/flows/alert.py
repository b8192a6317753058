"""What a monitoring system sent enters as it came; it leaves stored in SQL, or refused before anything is changed.

The sender is known before anything is read; and whoever sends again what is stored already changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import structlog

from bot.alerts import AlertConfig, Auth, Verdict, auth_of, decider, group_of, judge, once, read
from bot.errors import BadAlert
from bot.flows.together import Together
from bot.ledger import Taking
from bot.metrics import Counters
from bot.model.alert import Batch
from bot.model.incident import Effect, Notice
from bot.queue import Bell

_log = structlog.get_logger(__name__)

SUPPRESSED = frozenset({Effect.REPEATED, Effect.FLAPPING, Effect.MUTED, Effect.IGNORED})
"""Effects that nobody is told of one by one."""


class Cause(StrEnum):
    """Why a request is refused."""

    UNKNOWN_SOURCE = "unknown_source"
    MISSING = "missing"
    WRONG = "wrong"
    STALE = "stale"
    NO_SECRET = "no_secret"  # noqa: S105 (no secret)
    REPLAYED = "replayed"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    UNREADABLE = "unreadable"


_SAID = {
    Cause.MISSING: "The request does not show who sends it: what alerts.{source}.auth asks for is missing.",
    Cause.WRONG: "The request is not from whom it should be: what alerts.{source}.auth asks for is wrong.",
    Cause.STALE: "The time that was signed is more than five minutes from ours; see to the clocks.",
    Cause.NO_SECRET: "The secret of alerts.{source} is not set here, so nobody is let in.",
}


class TurnedAway(Exception):
    """A request that is refused; `what` is for the sender, `scheme` how it could show who it is."""

    def __init__(self, cause: Cause, what: str, scheme: str = "") -> None:
        super().__init__(what)
        self.cause = cause
        self.what = what
        self.scheme = scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAlerts:
    """The flow; `config` is what holds now, `secret` looks a variable up, `bell` wakes who looks after rules."""

    config: Callable[[], AlertConfig]
    together: Together
    secret: Callable[[str], str]
    counters: Counters
    bell: Callable[[], Bell]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def handle(self, source: str, headers: Mapping[str, str], body: bytes | None, *, as_json: bool = True) -> Batch:
        """Store it; TurnedAway when it is refused, Unavailable or Misconfigured when nobody can say, so ask again.

        `body` is None when it is longer than we read; `as_json` False when it says that it is something else.
        """
        try:
            return self._taken(source, headers, body, as_json=as_json)
        except TurnedAway as refusal:
            known = source if refusal.cause is not Cause.UNKNOWN_SOURCE else ""
            self.counters.count("signalbox_alerts_refused_total", known, refusal.cause.value)
            _log.info("alerts refused", source=known, cause=refusal.cause.value)
            raise

    def _taken(self, source: str, headers: Mapping[str, str], body: bytes | None, *, as_json: bool) -> Batch:
        config, now = self.config(), self.clock()
        if source not in config.sources:
            raise TurnedAway(Cause.UNKNOWN_SOURCE, "There is no such source here; signalbox.yml names them: alerts.")
        if body is None:
            raise TurnedAway(Cause.TOO_LARGE, "The body is larger than 2 MB; send fewer alerts at once.")
        auth = auth_of(config.sources[source].auth, self.secret)
        self._let_in(source, auth, headers, body, now)
        if not as_json:
            raise TurnedAway(Cause.NOT_JSON, "The body is not sent as JSON; send Content-Type: application/json.")
        batch = _read(source, body, config)
        self._store(batch, config, now, once(auth, headers))
        return batch

    def _let_in(self, source: str, auth: Auth, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        verdict = judge(auth, headers, body, now.timestamp())
        if verdict is Verdict.GOOD:
            return
        cause = Cause(verdict.value)
        if cause is Cause.NO_SECRET:
            _log.warning("nobody can send alerts", source=source, why="no variable of its secret_env is set")
        raise TurnedAway(cause, _SAID[cause].format(source=source), auth.type)

    def _store(self, batch: Batch, config: AlertConfig, now: datetime, request: str | None) -> None:
        notices = [Notice(alert=each, group=group_of(each, config.grouping), at=now) for each in batch.alerts]
        seen = None if request is None else (f"request:{request}", now)
        outcomes = self.together.take(Taking(notices=notices, decide=decider(config.grouping), once=seen))
        if outcomes is None:
            raise TurnedAway(Cause.REPLAYED, "This request was taken before; sign each request anew.")
        self.bell().ring()
        for source, number in Counter(each.source for each in batch.alerts).items():
            self.counters.count("signalbox_alerts_received_total", source, by=number)
        for effect, number in Counter(each.effect for each in outcomes if each.effect in SUPPRESSED).items():
            self.counters.count("signalbox_alerts_suppressed_total", effect.value, by=number)


def _read(source: str, body: bytes, config: AlertConfig) -> Batch:
    try:
        return read(source, body, config.sources[source])
    except BadAlert as error:
        raise TurnedAway(Cause.UNREADABLE, str(error)) from None
