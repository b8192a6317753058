"""Starts of plays, tasks and hosts enter; how far the current task has come leaves.

Ansible does not say how many hosts a task will have. Known are the planned hosts, those that are out, and those that
took part in the current play (or `serial` batch) so far; from these the total is told, and it never falls below what
was seen.
"""

from itertools import islice

HOSTS_SHOWN = 20


class Course:
    """Where a run is: play, task, hosts under way. Every call takes constant time."""

    def __init__(self, planned: int) -> None:
        self.play = ""
        self.task = ""
        self.task_number = 0
        self.task_started_at: float | None = None
        self.done = 0
        self._under_way: dict[str, None] = {}
        self._planned = planned
        self._left = planned  # planned hosts that are not out and had no turn in this play
        self._turn: dict[str, int] = {}  # host -> number of the batch in which it had its last turn
        self._batch = 0
        self._play_from = 1  # the first batch of this play
        self._batch_size: int | None = None  # how many hosts the batch before this one had
        self._joined = 0
        self._alive = 0
        self._out = 0
        self._tasks_in_batch = 0
        self._base = 0
        self._started = 0
        self._joined_now = 0
        self._handler = False

    def start_play(self, play: str) -> None:
        """A play starts, or its next batch: Ansible then reports the same play again."""
        same = play == self.play and self._left > 0 and self._joined > 0
        self._batch += 1
        self._batch_size = self._joined if same else None
        if not same:
            self._play_from = self._batch
            self._left = self._planned - self._out
        self.play, self.task, self.task_started_at = play, "", None
        self._joined = self._alive = self._tasks_in_batch = 0
        self._under_way = {}
        self._reset_task()

    def start_task(self, task: str, at: float, *, handler: bool) -> None:
        """A task starts for the hosts of the batch; a handler only for those that notified it."""
        self.task, self.task_started_at, self._handler = task, at, handler
        self.task_number += 1
        self._tasks_in_batch += 1
        self._reset_task()

    def _reset_task(self) -> None:
        self._base = self._alive
        self.done = self._started = self._joined_now = 0

    def start_host(self, host: str, *, planned: bool) -> None:
        """The current task starts on a host."""
        self._under_way[host] = None
        self._started += 1
        if not self._had_turn(host):
            self._left -= planned
        if self._turn.get(host) != self._batch:
            self._joined += 1
            self._alive += 1
            self._joined_now += 1
        self._turn[host] = self._batch

    def end_host(self, host: str, task: str) -> None:
        """A task is through on a host."""
        self._under_way.pop(host, None)
        self.done += task == self.task

    def host_out(self, host: str, *, planned: bool) -> None:
        """A host failed or cannot be reached: it has no further tasks."""
        self._shift(host, -1, planned=planned)

    def host_back(self, host: str, *, planned: bool) -> None:
        """A host that seemed out goes on."""
        self._shift(host, 1, planned=planned)

    def _shift(self, host: str, step: int, *, planned: bool) -> None:
        self._out -= step * planned
        if self._turn.get(host) == self._batch:
            self._alive += step
        if not self._had_turn(host):
            self._left += step * planned

    def _had_turn(self, host: str) -> bool:
        return self._turn.get(host, 0) >= self._play_from

    @property
    def total(self) -> int:
        """How many hosts the current task has, as far as can be told."""
        if not self.task:
            return 0
        if self._handler:
            return max(self._started, self.done)
        if self._tasks_in_batch > 1 and not self._joined_now:
            return max(self._base, self._started, self.done)
        return max(self._started + self._to_join(), self._base, self.done)

    def _to_join(self) -> int:
        if self._batch_size is None:
            return self._left
        return max(0, min(self._left, self._batch_size - self._joined))

    def under_way(self) -> tuple[tuple[str, ...], int]:
        """The first hosts that the task is under way on, and how many more there are."""
        shown = tuple(islice(self._under_way, HOSTS_SHOWN))
        return shown, len(self._under_way) - len(shown)

    def end(self) -> None:
        """The run has ended: nothing is under way."""
        self._under_way = {}
