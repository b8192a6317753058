"""A question that takes its time enters; those who ask it at the same moment get one answer, which is new for each."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class _Asking(Generic[T]):
    """One answer, and those who wait for it."""

    answer: T
    answered = False


class Shared(Generic[T]):
    """Safe for many threads. An answer is only for those who asked before its asking began: it is never an old one.

    When asking fails, the next one who waits asks again.
    """

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._one = threading.Lock()
        self._guard = threading.Lock()
        self._next: _Asking[T] | None = None

    def __call__(self) -> T:
        """The answer, by now at the earliest."""
        with self._guard:
            mine = self._next = self._next or _Asking()
        with self._one:
            if not mine.answered:
                with self._guard:
                    if self._next is mine:
                        self._next = None  # who comes from now on wants a newer one
                mine.answer = self._ask()
                mine.answered = True
        return mine.answer
