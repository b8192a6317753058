"""The stream's door: what every stream of events promises; one contract suite holds real Redis and the twin to it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.model.event import RunEvent


class EventStream(Protocol):
    """Safe for many threads and processes at once; every method may raise Unavailable."""

    def append(self, events: Sequence[RunEvent]) -> None:
        """Add `events`, counters rising within each run; those that are there already are passed over.

        Waits for Redis to come back before it raises Unavailable. WrongState when an event cannot have its place:
        another one has it (the run is carried out twice), or later ones came first.
        """

    def read(self, run_id: int, after: int, count: int = 1000) -> list[RunEvent]:
        """At most `count` events with a counter over `after`, in order; empty when there are none.

        Stops before an entry that cannot be read, and raises Damaged when that is the next one: reading goes on with
        `after` set to its counter.
        """

    def read_many(self, after: Mapping[int, int], *, count: int = 1000, block_ms: int = 0) -> dict[int, list[RunEvent]]:
        """What is new in several runs: run id to events over the counter `after` names, at most `count` of each run.

        Waits up to about `block_ms` milliseconds for the first (less when the connection's own timeout is shorter; 0:
        not at all). Runs with nothing new are absent. An empty list says that the run's next entry is damaged:
        `read` raises what is wrong with it, and the other runs have theirs.
        """

    def last_counter(self, run_id: int) -> int:
        """The counter of the last event ever appended, trimmed or not; 0 when there is none."""

    def trim(self, run_id: int, up_to: int) -> None:
        """Forget events with a counter up to and with `up_to`."""

    def delete(self, run_id: int) -> None:
        """Forget the run's stream altogether."""

    def expire(self, run_id: int, seconds: int) -> None:
        """Forget the run's stream altogether in `seconds`."""
