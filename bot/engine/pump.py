"""Raw events of the runner enter on one thread; normalized, redacted and counted they leave for the sink on another."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from bot.engine.backlog import Backlog
from bot.engine.delivery import Delivery
from bot.engine.expect import Expectations
from bot.engine.normalize import SPEAKING, Normalizer
from bot.engine.tally import Tally
from bot.model.event import RunEvent

MAX_BATCH = 200
EVERY, SLOWER = 0.08, 0.002
"""Seconds between two batches at least, so that a run of many events costs few calls; it gets there by such steps."""


class Pump:
    """Carries events from the runner's handler to the sink. Read `tally` and `expectations` after `finish` only.

    The thread begins with `begin`, when the process has been made: forking beside a thread is unsafe. `broken` is
    what went wrong with us, not with the run.
    """

    def __init__(
        self, backlog: Backlog, delivery: Delivery, normalizer: Normalizer, expectations: Expectations
    ) -> None:
        self.tally = Tally()
        self.expectations = expectations
        self.broken: Exception | None = None
        self._delivery = delivery
        self._normalizer = normalizer
        self._backlog = backlog
        self._thread: threading.Thread | None = None

    @property
    def full(self) -> str:
        """Why there is no room for more events; empty as long as there is."""
        return self._backlog.full

    def put(self, raw: dict[str, Any]) -> None:
        """Take an event from the runner; costs next to nothing."""
        self._backlog.put(_thinned(raw, keep_facts=self._normalizer.whole))

    def begin(self, secrets: Callable[[], list[str]]) -> None:
        """Carry from now on, without `secrets`; a second call does nothing.

        They are looked for here, before the first event leaves: it takes a moment that Ansible needs to start anyway.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, args=(secrets,), name="engine-pump", daemon=True)
            self._thread.start()

    def finish(self) -> None:
        """Wait until everything is through."""
        self._backlog.close()
        if self._thread is not None:
            self._thread.join()

    def _run(self, secrets: Callable[[], list[str]]) -> None:
        try:
            self._normalizer.hide(secrets())
            self._carry()
        except Exception as error:  # noqa: BLE001 (a thread has nobody to raise to)
            self.broken = error

    def _carry(self) -> None:
        pause = 0.0
        while batch := self._backlog.take(MAX_BATCH):
            begun = time.monotonic()
            self._delivery.hand_over([event for raw in batch for event in self._one(raw)])
            pause = min(pause + SLOWER, EVERY)
            if len(batch) < MAX_BATCH:
                self._backlog.rest(max(0.0, pause - (time.monotonic() - begun)))
        self._delivery.hand_over(self._normalizer.flush())

    def _one(self, raw: Mapping[str, Any]) -> list[RunEvent]:
        """The events that one of the runner makes; one that can't be read is told, and is not the end of the others."""
        try:
            if raw.get("event") in SPEAKING:
                self.tally.hear(raw)
            self.expectations.add(raw)
            events = self._normalizer.feed(raw)
        except Exception as error:  # noqa: BLE001 (what Ansible reports is not ours to promise)
            said = f"An event of Ansible ({raw.get('event')}) could not be read: {type(error).__name__}."
            events = self._normalizer.own("error", time.time(), message=said)
        for event in events:
            self.tally.add(event)
        return events


def _thinned(raw: dict[str, Any], *, keep_facts: bool) -> dict[str, Any]:
    """Without what nobody reads: the runner's rendering of a result, and copies of it inside."""
    if raw.get("event") not in SPEAKING:
        raw.pop("stdout", None)
    res = (raw.get("event_data") or {}).get("res")
    if isinstance(res, dict) and res and not res.get("_ansible_verbose_always"):  # `debug` shows any name it likes
        for name in ("results", "stdout_lines", "stderr_lines", "invocation"):
            res.pop(name, None)
        if not keep_facts:
            res.pop("ansible_facts", None)
        res.setdefault("changed", False)
    return raw
