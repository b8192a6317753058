"""A person's terminal for tests, run as a program: `python -m tests.chat.session HISTORY`."""

import sys
import threading
from pathlib import Path

from prompt_toolkit.formatted_text import ANSI
from rich.text import Text

from bot.chat.terminal.card import live_cards
from bot.chat.terminal.prompt import Leave, Prompt
from bot.model.command import Completion
from tests.chat.make import START, card

WORDS = {"run": "carry out a runbook", "runbooks": "list them", "cancel": "end a run"}


def complete(before: str) -> list[Completion]:
    """The words that begin with what was typed last."""
    last = before.rsplit(" ", maxsplit=1)[-1]
    return [
        Completion(text=word + " ", replaces=len(last), hint=hint)
        for word, hint in WORDS.items()
        if word.startswith(last)
    ]


def main() -> None:
    """Read lines until the person leaves, and say what was read."""
    live = []

    def status() -> ANSI:
        return prompt.as_status(live_cards(live, START + 62, prompt.width, 8))

    with Prompt(Path(sys.argv[1]), complete, status) as prompt:
        while True:
            try:
                line = prompt.read_line()
            except Leave:
                chosen = prompt.choose("Runs are under way.", {"c": "cancel them", "l": "leave them", "s": "stay"})
                print(f"chosen <{chosen}>")
                if chosen != "s":
                    break
                continue
            if line == "secret":
                secret = prompt.ask_secret("Password?")
                print(f"length <{len(secret)}>")
                continue
            if line == "live":
                live.append(card())
            if line == "above":
                threading.Timer(0.3, prompt.print_above, (Text("[from] another thread", style="red"),)).start()
            if not line.startswith("private"):
                prompt.remember(line)
            print(f"read <{line}>")


if __name__ == "__main__":
    main()
