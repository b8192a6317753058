"""A source that is wired enters and runs, as long as its plugin wants to; the events that it puts are handed on.

The plugin has a queue as Event-Driven Ansible gives it one. What it puts is taken over at once, from any thread, also
where the plugin forgets to await it; who awaits it waits while too many events have not been stored yet.
"""

import asyncio
import inspect
import queue
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from bot.errors import Unavailable
from bot.sensors.wired import Wired, filtered

_log = structlog.get_logger(__name__)

MOST_WAITING = 1_000
PAUSE_SECONDS = 0.05
LAST_SECONDS = 2.0
"""For what a plugin put before it was ended."""
AGAIN_SECONDS = (0.2, 1.0, 5.0)
_WOKEN = object()
Deliver = Callable[[Mapping[str, Any]], None]
"""Stores an event; Unavailable when it has to be tried again, ValueError when it never can be."""


class EventQueue:
    """What a plugin sees."""

    def __init__(self) -> None:
        self._events: queue.Queue[Any] = queue.Queue()

    def put(self, event: Any) -> Coroutine[Any, Any, None]:
        """Take the event over; what is returned waits for room."""
        self._events.put(event)
        return self._room()

    def put_nowait(self, event: Any) -> None:
        """Take the event over."""
        self._events.put(event)

    def qsize(self) -> int:
        """How many have not been stored yet."""
        return self._events.qsize()

    def empty(self) -> bool:
        """Whether all are stored."""
        return self._events.unfinished_tasks == 0

    async def join(self) -> None:
        """Wait until all are stored."""
        while not self.empty():  # noqa: ASYNC110 (the other side is a thread)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _room(self) -> None:
        await asyncio.sleep(0)
        while self.qsize() >= MOST_WAITING:  # noqa: ASYNC110 (the other side is a thread)
            await asyncio.sleep(PAUSE_SECONDS)

    def each(self, do: Callable[[Any], None], stop: threading.Event) -> None:
        """Do something with every event, one after the other, until `stop` is set and `wake` was called."""
        while (event := self._events.get()) is not _WOKEN and not stop.is_set():
            try:
                do(event)
            finally:
                self._events.task_done()

    def wake(self) -> None:
        """See that who waits for an event looks whether it is to stop."""
        self._events.put(_WOKEN)


async def run_source(source: Wired, deliver: Deliver) -> None:
    """Run the plugin until it ends; what it raises is raised. What it put is stored by then, if Redis is there."""
    events, stop = EventQueue(), threading.Event()
    store = threading.Thread(
        target=events.each, args=(lambda event: _hand_on(event, source, deliver, stop), stop), daemon=True
    )
    store.start()
    try:
        await _main(source, events)
        await events.join()
    finally:
        until = time.monotonic() + LAST_SECONDS
        while not events.empty() and time.monotonic() < until:
            time.sleep(PAUSE_SECONDS)  # noqa: ASYNC251 (nothing else is to happen any more)
        stop.set()
        events.wake()
        store.join(LAST_SECONDS)


async def _main(source: Wired, events: EventQueue) -> None:
    """Most are coroutines; one that is not blocks, and has a thread for that."""
    arguments = dict(source.arguments)
    if inspect.iscoroutinefunction(source.main):
        await source.main(events, arguments)
    else:
        await asyncio.to_thread(source.main, events, arguments)


def _hand_on(event: Any, source: Wired, deliver: Deliver, stop: threading.Event) -> None:
    """Through the filters, with a name of its own, to where it is stored; for as long as that takes."""
    if not isinstance(event, Mapping):
        _log.warning("a sensor made what is no event", source=source.name, kind=type(event).__name__)
        return
    try:
        made = filtered(event, source.filters)
    except Exception as error:  # noqa: BLE001 (a filter is anybody's code)
        _log.warning("a filter failed", source=source.name, error=type(error).__name__)
        return
    for each in made:
        _store(_marked(each, source), source, deliver, stop)


def _store(event: Mapping[str, Any], source: Wired, deliver: Deliver, stop: threading.Event) -> None:
    tries = 0
    while True:
        try:
            deliver(event)
        except Unavailable as error:
            pause = AGAIN_SECONDS[min(tries, len(AGAIN_SECONDS) - 1)]
            if tries == 0:
                _log.warning("events of a sensor wait", source=source.name, why=error.what)
            tries += 1
            if stop.wait(pause):
                return
        except ValueError as error:
            _log.warning("an event is passed over", source=source.name, why=str(error))
            return
        else:
            return


def _marked(event: dict[str, Any], source: Wired) -> dict[str, Any]:
    """With `meta` as Event-Driven Ansible adds it, but for what is there."""
    meta = event.get("meta")
    own = dict(meta) if isinstance(meta, Mapping) else {}
    own.pop("incident", None)
    own.setdefault("source", {"name": source.name, "type": source.plugin})
    own.setdefault("received_at", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    own.setdefault("uuid", str(uuid.uuid4()))
    return {**event, "meta": own}
