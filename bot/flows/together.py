"""Requests that come at once enter, each in its own thread; one transaction stores them, and each has its answer.

A commit waits for the disk, which takes longer than all else: whoever has the turn writes for all who wait.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.errors import Unavailable
from bot.ledger import Incidents, Taking
from bot.model.incident import Outcome

MOST = 50
"""So many requests are stored together at most."""


@dataclass(slots=True)
class _Place:
    """One request that waits, then its answer."""

    request: Taking
    done: bool = False
    taken: list[Outcome] | None = None
    error: BaseException | None = None


@dataclass(slots=True, kw_only=True)
class Together:
    """Safe for many threads; what a request raises is raised for that one alone."""

    incidents: Callable[[], Incidents]
    _waiting: list[_Place] = field(default_factory=list, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False)

    def take(self, request: Taking) -> list[Outcome] | None:
        """Store it; None when it was stored before."""
        place = _Place(request)
        with self._lock:
            self._waiting.append(place)
        with self._turn:
            while not place.done:
                with self._lock:
                    places, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                self._write(places)
        if place.error is not None:
            raise place.error
        return place.taken

    def _write(self, places: Sequence[_Place]) -> None:
        try:
            taken = self.incidents().take_all([place.request for place in places])
        except BaseException as error:  # noqa: BLE001 (it is raised for whoever it belongs to)
            self._failed(places, error)
            return
        for place, outcomes in zip(places, taken, strict=True):
            place.taken, place.done = outcomes, True

    def _failed(self, places: Sequence[_Place], error: BaseException) -> None:
        """Nothing was stored: what is away is away for all; for anything else each has its own transaction."""
        if len(places) > 1 and not isinstance(error, Unavailable):
            for place in places:
                self._write([place])
            return
        for place in places:
            place.error, place.done = error, True
