"""What a relay does in a thread of its own: turn after turn until it shall end, one relay at a time by a lease."""

import threading
from collections.abc import Callable

import structlog
from redis.exceptions import RedisError

from bot.errors import SignalboxError, Unavailable
from bot.queue import Leases

_log = structlog.get_logger(__name__)

AWAY_SECONDS = 2.0
"""How long it rests when a turn went wrong."""


def take(leases: Leases, name: str) -> bool:
    """Whether the lease is ours now; Unavailable when Redis does not answer."""
    try:
        return leases.take(name)
    except RedisError as error:
        raise Unavailable(f"Redis does not answer ({type(error).__name__}).", "Start it.") from None


def turns_until(stop: threading.Event, turn: Callable[[], float], waiting: str) -> None:
    """Take turns, each of which says for how many seconds to rest; what goes wrong is logged, and tried again.

    `waiting` is what is logged then: once, as long as it is the same that is away.
    """
    said = ""
    while not stop.is_set():
        try:
            pause = turn()
            said = ""
        except SignalboxError as error:
            pause = AWAY_SECONDS
            if error.what != said:
                said = error.what
                _log.warning(waiting, why=said)
        except Exception:  # noqa: BLE001 (a relay goes on with its runs whatever else went wrong)
            pause = AWAY_SECONDS
            _log.exception(waiting)
        stop.wait(pause)
