"""A run under way enters; by how much what the relay stores and what the chat prints come after the event leaves."""

import json
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from bot.app import App
from bot.model.event import RunEvent
from tests.bench.timed import Timed

EVERY_SECONDS = 0.01


class Stored:
    """Looks at a run's cursor in SQL a hundred times a second; `steps` are (Unix seconds, cursor)."""

    def __init__(self, app: App, run_id: int) -> None:
        self.steps: list[tuple[float, int]] = []
        self._app = app
        self._run_id = run_id
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            cursor = self._app.ledger.cursor(self._run_id)
            if not self.steps or cursor > self.steps[-1][1]:
                self.steps.append((time.time(), cursor))

    def lags(self, events: Sequence[RunEvent]) -> list[float]:
        """Seconds from each event to the look that first saw it stored."""
        found, steps = [], iter(self.steps)
        step = next(steps, None)
        for event in events:
            while step is not None and step[1] < event.counter:
                step = next(steps, None)
            if step is not None:
                found.append(step[0] - event.at)
        return found


def shown(done: Timed) -> list[float]:
    """Seconds from each event to its line, in what `chat --json` wrote."""
    said = [(at, json.loads(line)) for at, line in done.lines]
    return [at - what["at"] for at, what in said if what["type"] == "event"]
