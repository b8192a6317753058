"""RunEvents enter; the sink gets them in order and in batches, again and again until it takes them or time is up."""

import time
from collections.abc import Callable, Sequence

from bot.engine.door import Sink
from bot.errors import WrongState
from bot.model.event import RunEvent

PATIENCE = 30.0
"""Seconds that a sink may fail after the run has ended, or before it begins, until its events are given up."""

LONGEST_PAUSE = 1.0
"""Seconds between two attempts at most."""


class Delivery:
    """Hands events to the sink; `given_up` once it never took some: then it gets no later ones either."""

    def __init__(self, sink: Sink, patience: float = PATIENCE, sleep: Callable[[float], None] = time.sleep) -> None:
        self.given_up = False
        self._sink = sink
        self._patience = patience
        self._sleep = sleep
        self._deadline: float | None = None

    def last_chance(self) -> None:
        """From now on the sink has `patience` seconds; before, a run under way waits as long as it takes."""
        self._deadline = time.monotonic() + self._patience

    def under_way(self) -> None:
        """The run has begun: no deadline."""
        self._deadline = None

    def hand_over(self, events: Sequence[RunEvent]) -> bool:
        """Whether the sink took the events."""
        pause = 0.05
        while events and not self.given_up:
            try:
                self._sink(events)
            except WrongState:  # another has told how the run ended: no patience helps
                self.given_up = True
            except Exception:  # noqa: BLE001 (whatever a sink raises, the events are kept)
                self.given_up = self._deadline is not None and time.monotonic() + pause > self._deadline
                if not self.given_up:
                    self._sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return True
        return not events
