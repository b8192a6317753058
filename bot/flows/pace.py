"""When a relay looks for runs, when it stores, and how long it rests in between.

Who waits is served at once, who has much to tell is taken together, and one that has nothing to do takes nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

FIND_SECONDS = 0.25
CALM_SECONDS = 3.0
"""How often runs are looked for while there are none, and nothing has been stored."""
RUNG_SECONDS = 0.05
"""And how soon again when somebody has rung: looking for each run by itself would cost more than the runs."""
STORE_SECONDS = 0.02
"""Events are stored this often at most: a transaction costs more than the events in it."""
REST_FOR_WORK, REST_FOR_MUCH, LONGEST_STORE_SECONDS = 9.0, 29.0, 0.5
"""Usually less often: for each part of the time that goes into storing there are nine for Ansible on the same machine,
and 29 when all that is stored is of runs that have told much already."""


@dataclass(slots=True, kw_only=True)
class Pace:
    """Of one relay; all times are seconds of one monotonic clock.

    `listen` waits so long, or until somebody rings, and says whether somebody did.
    """

    listen: Callable[[float], object] = time.sleep
    _looked_at: float = field(default=-CALM_SECONDS, init=False)
    _news: bool = field(default=True, init=False)
    _rung: bool = field(default=False, init=False)
    _store_at: float = field(default=0.0, init=False)

    def looks(self, now: float, *, news: bool) -> bool:
        """Whether to look for runs now, which whoever asks then does; `news` says that there may be any."""
        self._news = self._news or news
        wait = RUNG_SECONDS if self._rung else FIND_SECONDS if self._news else CALM_SECONDS
        if now < self._looked_at + wait:
            return False
        self._looked_at, self._news, self._rung = now, False, False
        return True

    def expect(self) -> None:
        """There may be more than was found."""
        self._news = True

    def rest(self, seconds: float) -> None:
        """So long, or until somebody rings: one who rings again before we have looked is not heard. Or Unavailable."""
        if seconds <= 0:
            return
        if self._rung:
            time.sleep(min(seconds, RUNG_SECONDS))
        else:
            self._rung = bool(self.listen(seconds))

    def rest_until_stored(self, now: float) -> None:
        """Until it is time to store again; Unavailable when nobody can be heard."""
        self.rest(self._store_at - now)

    def stored(self, now: float, took: float, *, much: bool) -> None:
        """It took so long until now; `much` says that all of it was of runs that had told much before."""
        rest = (REST_FOR_MUCH if much else REST_FOR_WORK) * took
        self._store_at = now + max(STORE_SECONDS, min(rest, LONGEST_STORE_SECONDS))
