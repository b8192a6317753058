"""The queue's in-memory twin, for tests and rehearsals."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.model.overlap import claims_of
from bot.model.queues import DEFAULT
from bot.model.run import Plan
from bot.queue.bell import Bell, MemoryBell
from bot.queue.interface import CANCELED, GIVEN_BACK, Envelope
from bot.queue.lines import JOINED, TURN, MemoryLines


class MemoryQueue:
    """RunQueue in this process; `take()` is what a worker does; `listening` is how many listen to which queue."""

    def __init__(self) -> None:
        self.listening: dict[str, int] = {}
        self._envelopes: dict[int, Envelope] = {}
        self._waiting: list[int] = []
        self._claimed: set[int] = set()
        self._canceled: dict[int, str] = {}
        self._alive: set[int] = set()
        self._given: dict[int, int] = {}
        self._asked: dict[int, int] = {}
        self._said: dict[int, int] = {}
        self._lines = MemoryLines()
        self.bell: Bell = MemoryBell()

    def warm_up(self) -> None:
        """Nothing is sealed here."""

    def submit(self, envelope: Envelope) -> bool:
        """Queue it once, when it is its turn."""
        self._envelopes[envelope.run_id] = envelope
        return self.line_up(envelope.run_id, envelope.plan)

    def hold(self, envelope: Envelope) -> None:
        """Keep it."""
        self._envelopes[envelope.run_id] = envelope

    def resubmit(self, run_id: int, plan: Plan) -> bool:
        """Queue it, if its envelope is there."""
        return run_id in self._envelopes and self.line_up(run_id, plan)

    def give_back(self, run_id: int, plan: Plan) -> bool:
        """Take the claim off, and queue it again, so many times."""
        if run_id in self._canceled or run_id not in self._envelopes:
            return False
        self._given[run_id] = self._given.get(run_id, 0) + 1
        if self._given[run_id] > GIVEN_BACK:
            return False
        self._claimed.discard(run_id)
        self._alive.discard(run_id)
        return self.resubmit(run_id, plan) or self.waiting(run_id)

    def line_up(self, run_id: int, plan: Plan) -> bool:
        """Queue it when it is its turn."""
        joined = self._lines.join(run_id, claims_of(plan))
        self.bell.ring()
        return self._enqueue(run_id) if joined == TURN else joined == JOINED

    def _enqueue(self, run_id: int) -> bool:
        if run_id in self._waiting:
            return False
        self._waiting.append(run_id)
        return True

    def take(self, queue: str | None = None) -> int | None:
        """The run that has waited longest, in that queue or in all."""
        found = next((each for each in self._waiting if queue in (None, self.queue_of(each))), None)
        if found is not None:
            self._waiting.remove(found)
        return found

    def envelope(self, run_id: int) -> Envelope | None:
        """The envelope of a run that has not ended."""
        return self._envelopes.get(run_id)

    def claim(self, run_id: int) -> bool:
        """True once."""
        first = run_id not in self._claimed
        self._claimed.add(run_id)
        return first

    def has(self, run_id: int) -> bool:
        """Whether somebody has it: here all are one."""
        return run_id in self._claimed

    def claimed(self, run_id: int) -> bool:
        """Whether it was claimed."""
        return run_id in self._claimed

    def waiting(self, run_id: int) -> bool:
        """Whether it waits."""
        return run_id in self._waiting or self._lines.waits(run_id)

    def ahead(self, run_id: int, plan: Plan) -> dict[int, tuple[str, ...]]:
        """Whom it waits for."""
        return self._lines.ahead(run_id, claims_of(plan))

    def queue_of(self, run_id: int) -> str:
        """As its envelope says."""
        return self._envelopes[run_id].queue if run_id in self._envelopes else DEFAULT

    def depth(self, queue: str | None = None) -> int:
        """How many wait."""
        return sum(queue in (None, self.queue_of(each)) for each in [*self._waiting, *self._lines.waiting()])

    def withdraw(self, run_id: int) -> bool:
        """Take it out, if no worker has it."""
        if not self.claim(run_id):
            return False
        if run_id in self._waiting:
            self._waiting.remove(run_id)
        self._leave(run_id)
        return True

    def ask_cancel(self, run_id: int, why: str = CANCELED) -> None:
        """Set the flag."""
        self._canceled[run_id] = why

    def cancel_asked(self, run_id: int) -> bool:
        """Look at the flag."""
        return run_id in self._canceled

    def cancel_reason(self, run_id: int) -> str:
        """Read the flag."""
        return self._canceled.get(run_id, CANCELED)

    def ask_go(self, run_id: int, wave: int) -> None:
        """Note it."""
        self._asked[run_id] = wave

    def asks_go(self, run_id: int) -> int | None:
        """What was asked and not answered."""
        wave = self._asked.get(run_id)
        return None if wave is None or self.go_said(run_id, wave) else wave

    def say_go(self, run_id: int, wave: int) -> None:
        """Note it."""
        self._said[run_id] = wave

    def go_said(self, run_id: int, wave: int) -> bool:
        """Look."""
        return self._said.get(run_id) == wave

    @contextmanager
    def living(self, run_id: int) -> Iterator[None]:
        """Alive inside the context."""
        self._alive.add(run_id)
        try:
            yield
        finally:
            self._alive.discard(run_id)

    def alive(self, run_id: int) -> bool:
        """Whether a context is open."""
        return run_id in self._alive

    def forget(self, run_id: int) -> None:
        """Destroy the envelope."""
        self._envelopes.pop(run_id, None)
        self._alive.discard(run_id)
        self._asked.pop(run_id, None)
        if run_id in self._waiting:
            self._waiting.remove(run_id)
        self._leave(run_id)

    def _leave(self, run_id: int) -> None:
        for turn in self._lines.leave(run_id):
            self._enqueue(turn)

    def workers(self, queue: str | None = None) -> int:
        """None unless a test says so: it is the worker itself."""
        return sum(self.listening.values()) if queue is None else self.listening.get(queue, 0)
