"""The way out of the chat: runs under way enter, and what a person wants done with them; whether to leave comes out."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text

from bot.chat.terminal.prompt import Leave, Prompt

LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """`runs` are those still under way; `can_stay` when somebody else keeps the workers running."""

    prompt: Prompt
    runs: Callable[[], Sequence[int]]
    can_stay: bool

    def handle(self, cancel: Callable[[int], None]) -> bool:
        """True when nothing stands in the way any more."""
        if not self.runs():
            return True
        choice = self._choose()
        if choice == "c":
            for run_id in self.runs():
                cancel(run_id)
        return choice == "l" or (choice in {"c", "w"} and self._wait())

    def _choose(self) -> str:
        choices = {"w": "wait until they have ended", "c": "cancel them", "s": "stay here"}
        if self.can_stay:
            choices["l"] = "leave them running"
        numbers = ", ".join(str(run_id) for run_id in self.runs())
        try:
            return self.prompt.choose(f"Still under way: {numbers}. What shall happen?", choices)
        except Leave:
            return "c"  # a second Ctrl-C: out at once, but with nothing left half watched

    def _wait(self) -> bool:
        """Until no run is under way; Ctrl-C goes back to the prompt."""
        self.prompt.print_above(Text("Waiting; Ctrl-C goes back."))
        try:
            while self.runs():
                time.sleep(LOOK_SECONDS)
        except KeyboardInterrupt:
            return False
        return True
